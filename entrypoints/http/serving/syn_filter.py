"""Makes a listening socket drop new connections, so that a stopping server loses no request.

The server can still accept the connections that wait in the system's queue.
"""

import ctypes
import socket
import struct
import sys
from typing import Final

_SO_ATTACH_FILTER: Final = 26
# Classic BPF on a TCP segment: load the byte of the flags. If SYN is set, keep 0 bytes of the
# segment, which drops it. Otherwise keep all bytes.
_INSTRUCTIONS: Final = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in (
        (0x30, 0, 0, 13),
        (0x45, 0, 1, 0x02),
        (0x06, 0, 0, 0),
        (0x06, 0, 0, 0xFFFFFFFF),
    )
)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def drop_new_connections(listening: socket.socket) -> None:
    """Drop the first segment of every new connection, on Linux.

    Without this filter, a client may connect between the last accept() and close(). Its request
    is reset, and the client cannot know whether the service read it. With the filter, the client's
    system tries to connect again after a second, and is refused. So the client knows that the
    service read nothing.
    """
    if sys.platform != "linux":
        return
    code = ctypes.create_string_buffer(_INSTRUCTIONS)
    program = _Program(len(_INSTRUCTIONS) // 8, ctypes.addressof(code))
    try:
        listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, bytes(program))
    except OSError:
        # A sandbox may forbid filters. A connection of the last millisecond may then be reset.
        return
