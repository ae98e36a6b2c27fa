"""A store on Amazon DynamoDB: two tables without secondary indexes.

Table ``customer``, partition key ``pk``:

==========================  =====================================================================
``C#<customer_id>``         a customer; the map ``sessions`` has its sessions by ``session_id``;
                            other attributes have the revocations (revocations.py); or the
                            tombstone of a deleted customer (tombstone.py)
``E#<email_key>``           the guard item: which customer has the e-mail address
``I#<key_hash>``            a registration with an ``Idempotency-Key`` (registration_item.py)
``T#login#<key>``           a budget of the login throttle: when it is full again
==========================  =====================================================================

Table ``logger``, partition key ``customer_id``, sort key ``at`` (``AuditRecord.position``): the
audit log, one item for each record. The partition ``#sessions`` has the session change feed.

A customer's item contains the customer's sessions. So a session check is one read by primary key,
and deleting a customer deletes the sessions too. For this reason no write replaces an existing
customer but its deletion: each other change is an update expression. Each change is in one
transaction with its audit record, and the record's id is the transaction's idempotency token.
"""

from ..extras import require_package, requires_extra

with requires_extra("dynamodb"):
    # Only a store that connects loads it. boto3 and pynamodb are installed with it.
    require_package("botocore")
