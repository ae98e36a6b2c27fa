"""What each operation costs on DynamoDB, measured on DynamoDB Local: the tables of docs/costs.md.

    PYTHONPATH=tests python benchmarks/operation_costs.py

Round trips and units are counted, so they are the same on every machine. AWS bills a transaction
twice the writes it holds; the price is that of on-demand capacity.
"""

from support.dynamodb.operation_budgets import BUDGETS, WITH_FEED, Budgets, metered_store

from cybershop_customer.entrypoints.cli.operation_costs import READ_PRICE, WRITE_PRICE


def main() -> None:
    """Print both tables."""
    _print_table(BUDGETS, session_feed=False)
    print()
    _print_table(WITH_FEED, session_feed=True)


def _print_table(budgets: Budgets, *, session_feed: bool) -> None:
    print("| operation | round trips | read units | write units | $ per million |")
    print("|---|---|---|---|---|")
    for name, (operate, _) in budgets.items():
        with metered_store(session_feed=session_feed) as till:
            operate(till.storage)
        trips, reads, writes = till.bill.totals
        price = reads * READ_PRICE + writes * WRITE_PRICE
        print(f"| {name} | {trips} | {reads:g} | {writes:g} | {price:.3f} |")


if __name__ == "__main__":
    main()
