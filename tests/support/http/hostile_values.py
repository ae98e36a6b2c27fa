"""Values of hostile requests."""

from typing import Final

NO_STRINGS: Final = (
    *(None, True, False, 0, 1, -1, 1.5, 1e308, 2**63, 10**4000),
    *([], [""], {}, {"a": "b"}, {"customer_id": "x"}, [[[[[]]]]], ["x"] * 5000),
)
STRANGE_TEXTS: Final = (
    *("", " ", "\0", "a\0b", "\ud800", "x\udfff", "\ud83e\udd8a"[::-1], "\u2028", "\x85"),
    *("\n", "\r\nSet-Cookie: a=b", "\x1b[31m", "\x7f", "\ufeff", "\u202e", "\uffff"),
    *("' OR 1=1 --", '"; DROP TABLE customer; --', "${jndi:ldap://x}", "{{7*7}}", "%s%n", "../.."),
    *("<script>alert(1)</script>", "\U0010ffff" * 999, "e\u0301" * 999, "ﷺ" * 999, "x" * 60_000),
)
REFUSED_TEXTS: Final = tuple(
    text
    for text in (*STRANGE_TEXTS, "a\tb", "é" * 10_000, "\ud800" * 5000, "\0" * 5000)
    if len(text) > 200 or any(character in text for character in "\0\ud800\udfff\n\t\u2028")
)
"""Texts that are invalid as a customer_id, context_id, e-mail address, name or address."""
EMAIL_PARTS: Final = (
    *(
        "",
        "a",
        ".",
        "a..b",
        "@",
        '"a b"',
        '"',
        "[1.2.3.4]",
        "[IPv6:::1]",
        "xn--",
        "xn--zzzzzz",
        "-",
    ),
    *("\u3002", "\uff0e", "a" * 64, "a" * 65, "ß", "\u200d", "\u0301", "\u0660", "🦊", "İ", "a+b"),
)

NO_JSON: Final = (
    *(b"null", b"[]", b'""', b"0", b"true", b"[{}]", b"{", b"}", b"{]", b'{"', b"\0", b"\n"),
    *(b"NaN", b'{"email": NaN}', b'{"email": -Infinity}', b'{"email": 1e999, "email": 1}'),
    *(b"9" * 5000, b'{"email": ' + b"9" * 5000 + b"}", b"-" * 5000, b'{"a": 0' + b"0" * 5000),
    *(b"[" * 60_000, b'{"a":' * 12_000, b"[" * 30_000 + b"]" * 30_000, b'{"a":[' * 9000),
    *(b"\xff\xfe{\0}\0", b"\xef\xbb\xbf{", b"\xfe\xff\0{\0}", b"{\0\0\0}\0\0\0", b"+ADs-"),
    *(b'{"email": "\xff"}', b'{"email": "\xc0\xaf"}', b'{"email": "\xed\xa0\x80"}', b"\x80" * 999),
    *(b'{"email": "\xf4\x90\x80\x80"}', b'{"email": "a\x00b"}', b'{"email": "\\ud8"}'),
    *(b'{"email": "a", "email": "b"}', b"{'email': 'a'}", b'{"email": "a",}', b'{"a" "b"}'),
    *(b"<?xml version='1.0'?><a/>", b"--x\r\n\r\n--x--", b"email=a&password=b", b"\x1f\x8b\x08\0"),
)
METHODS: Final = (
    *("PATCH", "TRACE", "CONNECT", "BREW", "WEBSOCKET", "PROPFIND", "M-SEARCH", "QUERY"),
    *("A" * 5000, "!", "~", "GETGET", "PUT-", "0"),
)
PATHS: Final = (
    *("/zoe/x", "/zoe/log/x", "/zoe%2Fx", "/%2e%2e/%2e%2e", "/../../etc/passwd", "/..;/..;/"),
    *("/%00", "/%ff", "/%c0%af", "/%ed%a0%80", "/%", "/%z", "/%%%", "/%25%30%30", "/%u0041"),
    *("/" + "a" * 20_000, "/" + "/" * 500 + "x", "/" + "%41" * 129, "/a b".replace(" ", "%20")),
    *("/{customer_id}", "/{}", "/%7B%7D", "/*", "/;a=b", "/$(id)", "/`id`", "/\\..\\", "/nobody"),
    *("/\xe9", "/%E9", "/%F0%9F%A6%8A", "/-/x", "/\xef\xbd\x81", "/login/x"),
)
QUERIES: Final = (
    *("limit=0", "limit=-1", "limit=x", "limit=1e9", "limit=", "limit=%00", "limit=" + "9" * 5000),
    *(
        "since=x",
        "since=",
        "since=%ff",
        "since=" + "1" * 20_000,
        "since=0001-01-01T00:00:00%2B01:00",
    ),
    *(
        "until=9999-12-31T23:59:59-01:00",
        "until=2031-01-01",
        "until=%00",
        "until=2031-13-01T00:00Z",
    ),
    *("cursor=x", "cursor=", "cursor=%F0%9F", "cursor=" + "a" * 20_000, "cursor=../x"),
    *("limit=1&limit=0", "&" * 999 + "limit=x", "a=b&" * 9999 + "limit=x", "=&=&limit=x"),
    *("limit=%", "limit=%zz", "limit=1;2", "limit=+1", "limit=\xb2", "limit[]=1&limit=[]"),
)
HEADERS: Final = (
    *(("Authorization", text) for text in ("", "Bearer", "Bearer \xff", "Basic eDp5", "x" * 9999)),
    *(("Authorization", f"Bearer {text}") for text in ("x", "a.b", ".", "a" * 43 + ".zoe", "\t")),
    *(("X-Request-ID", text) for text in ("", "\xff", "a b", "x" * 9999, "{}", "<script>")),
    *(("If-Match", text) for text in ("", "*", '"1"', "\xff", ",,,", '"', "x" * 9999)),
    *(("Accept", text) for text in ("", "x", "text/html", "*/*;q=x", "\xff", "a/b," * 999)),
    *(("Range", "bytes=0-0"), ("Cookie", "a=b;" * 999), ("Cookie", "\xff=\xff"), ("Host", "\xff")),
    *(("Forwarded", "for=\xff;;;"), ("X-Forwarded-For", "'"), ("X-HTTP-Method-Override", "GET")),
    *(
        ("Content-Encoding", "gzip"),
        ("If-None-Match", '"'),
        ("If-Modified-Since", "x"),
        ("Date", "x"),
    ),
)
