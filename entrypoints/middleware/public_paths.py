"""Which paths are open to everybody."""

import re
from collections.abc import Iterable
from typing import Final

_PLAIN: Final = re.compile(r"(?:/(?!\.+(?:/|\Z))[A-Za-z0-9._~-]+)+/?", re.ASCII)
"""Segments of RFC 3986's unreserved characters, none empty, none of dots alone."""


class PublicPaths:
    """Exact paths, and prefixes, which end in a slash and open all that is below them.

    Only a plain path is ever public. What a server, a proxy or a framework might read as another
    path (dot segments, empty ones, backslashes, what is still encoded) is not: where two of them
    disagree on what a path means, the session is checked.

    Raises:
        TypeError: one string instead of several.
        ValueError: a path that is not plain, or ``/``, which would open everything.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        if isinstance(paths, str):
            raise TypeError(f"public paths come as a list: [{paths!r}]")
        given = tuple(paths)
        for path in given:
            if not _PLAIN.fullmatch(path):
                raise ValueError(
                    f"{path!r} cannot be public: a path begins with / and has segments of"
                    " A-Z a-z 0-9 - . _ ~, at least one"
                )
        self._exact = frozenset(path for path in given if not path.endswith("/"))
        self._prefixes = tuple(path for path in given if path.endswith("/"))

    def __contains__(self, path: str) -> bool:
        return _PLAIN.fullmatch(path) is not None and (
            path in self._exact or path.startswith(self._prefixes)
        )
