"""The service's HTTP interface as values: what a call sends, and what its response means.

Nothing here reads or writes a socket, so the clients with threads and with asyncio share it.
"""
