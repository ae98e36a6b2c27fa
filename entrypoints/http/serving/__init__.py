"""The HTTP/1.1 server: waitress, with connection limits, a strict parser and a graceful stop.

waitress limits neither the time of a request nor the connections of one client, accepts malformed
requests, and drops requests when it stops. These modules replace those parts. ``../server.py``
starts them, runs them and stops them.

- Accept: ``listener``.
- Wait for sockets: ``event_loop``.
- Read and write one connection: ``connection``, ``connection_state``.
- Parse: ``request_parser``, ``chunked_decoder``, ``host_field``, ``errors``.
- Dispatch: ``worker_threads``.
- Answer: ``answer_tasks``.
- Limits: ``limits``, ``connection_manager``, ``eviction``, ``open_files``.
- Stop: ``Server`` in ``../server.py``, ``syn_filter``.
"""
