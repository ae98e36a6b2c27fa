"""The limits and prices of DynamoDB that the figures use, from AWS's documentation."""

from typing import Final

PARTITION_READS: Final = 3_000
PARTITION_WRITES: Final = 1_000
"""Units a second ("Best practices for designing and using partition keys effectively")."""

BURST_SECONDS: Final = 300
"""How much unused capacity may be used later, if AWS has it ("Burst and adaptive capacity")."""

PARTITION_GB: Final = 10
"""The usual size of a partition ("Partitions and data distribution")."""

TABLE_UNITS: Final = 40_000
"""Read units and write units a second of one table, until AWS raises the quota ("Quotas")."""

ITEM_BYTES: Final = 400 * 1024
"""The largest item ("Quotas")."""

ITEM_OVERHEAD: Final = 100
"""Bytes that AWS bills for the index of each item ("DynamoDB item sizes and formats")."""

# List prices in us-east-1 in US dollars, standard table class ("Amazon DynamoDB pricing"). Those of
# requests are in ``entrypoints.cli.operation_costs``.
GB_MONTH: Final = 0.25
READ_UNIT_HOUR: Final = 0.00013
WRITE_UNIT_HOUR: Final = 0.00065

GB: Final = 1024**3
HOURS: Final = 730
"""Of a month."""
