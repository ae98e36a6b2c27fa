"""Lets a listening socket take no more connections, while those that wait can be accepted."""

import ctypes
import socket
import struct
import sys
from typing import Final

_SO_ATTACH_FILTER: Final = 26
# Classic BPF on a TCP segment: load the byte of the flags; where SYN is set, take 0 bytes of the
# segment (which drops it), else take all.
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

    Without this, a client that connects between the last accept() and close() is connected in
    its own eyes, and its request is reset. A client whose segment is dropped sends it again after
    a second, and is refused: then it knows that nothing of it was read.
    """
    if sys.platform != "linux":
        return
    code = ctypes.create_string_buffer(_INSTRUCTIONS)
    program = _Program(len(_INSTRUCTIONS) // 8, ctypes.addressof(code))
    try:
        listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, bytes(program))
    except OSError:
        # A sandbox may forbid it; what is left is a race of less than a millisecond.
        return
