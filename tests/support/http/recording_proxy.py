"""A recorder of requests: an HTTP proxy on loopback that forwards nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Final

BAD_GATEWAY: Final = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class RecordingProxy(ThreadingTCPServer):
    """``asked`` has the first line of each request, such as ``CONNECT shop.example:443 …``."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.asked: list[str] = []
        self.url: Final = f"http://127.0.0.1:{self.server_address[1]}"


class _Exchange(BaseRequestHandler):
    def handle(self) -> None:
        head = self.request.recv(65536)
        assert isinstance(self.server, RecordingProxy)
        self.server.asked.append(head.partition(b"\r\n")[0].decode("latin-1"))
        self.request.sendall(BAD_GATEWAY)


@contextmanager
def recording_proxy() -> Iterator[RecordingProxy]:
    """Run the proxy until the block ends."""
    with RecordingProxy() as proxy:
        thread = Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
