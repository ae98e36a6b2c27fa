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

    Some routers ignore a slash at the end, so ``/open/`` itself is public only where ``/open`` is
    named too.

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
        return (
            _PLAIN.fullmatch(path) is not None
            and self._names(path)
            and self._names(path.removesuffix("/"))
        )

    def contains_below(self, root_path: str, path: str) -> bool:
        """Whether ``path`` is public for every framework, given the ``root_path`` of ASGI.

        Frameworks disagree on the two. Falcon does not look at ``root_path``. Starlette takes it
        off the path where a slash follows, Django and Quart also where none does, and Litestar
        takes off all that ends with it. So a path that contains the root must begin with it, once,
        and must be public both with it and without it. If the root is not plain, or ends in a
        slash, nothing is public.
        """
        if not root_path:
            return path in self
        if not _PLAIN.fullmatch(root_path) or root_path.endswith("/"):
            return False
        before, root, below = path.partition(root_path)
        if not root:
            return path in self
        is_repeated = f"{below}/".startswith(f"{root}/")
        return not before and not is_repeated and path in self and below in self

    def _names(self, path: str) -> bool:
        return path in self._exact or path.startswith(self._prefixes)
