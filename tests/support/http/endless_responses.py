"""Responses that never end."""

from support.http.raw_server import Act, pour, say, stay_silent, trickle

OK = b"HTTP/1.1 200 OK\r\n"
ENDLESS: dict[str, Act] = {
    "silent": stay_silent,
    "silent after the status line": say(OK),
    "slow in the status line": trickle(b"HTTP/1.1 200 ", b"O"),
    "slow in a header": trickle(OK + b"X-Long: ", b"x"),
    "slow in the headers": trickle(OK, b"X: y\r\n"),
    "slow with 100 Continue": trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "slow in the body": trickle(OK + b"Content-Length: 60000\r\n\r\n", b" "),
    "slow in a body without length": trickle(OK + b"\r\n", b" "),
    "slow in a chunk": trickle(OK + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n", b" "),
    "slow in chunks": trickle(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "slow in the length of a chunk": trickle(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "slow in the trailer": trickle(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    "endless status line": pour(b"HTTP/1.1 200 ", b"O"),
    "endless header": pour(OK + b"X-Long: ", b"x"),
    "endless headers": pour(OK, b"X: y\r\n"),
    "endless 100 Continue": pour(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "endless body": pour(OK + b"\r\n", b" "),
    "endless chunks": pour(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "endless trailer": pour(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
}
