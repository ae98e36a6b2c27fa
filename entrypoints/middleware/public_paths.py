"""The paths that need no session."""

import re
from collections.abc import Iterable
from typing import Final

_PLAIN: Final = re.compile(r"(?:/(?!\.+(?:/|\Z))[A-Za-z0-9._~-]+)+/?", re.ASCII)
"""Segments of unreserved characters (RFC 3986, 2.3). None is empty or has only dots."""


class PublicPaths:
    """Exact paths, and prefixes. A prefix ends in a slash and makes all paths below it public.

    Only a plain path can be public. A server, a proxy and a framework may disagree on a path with
    dot segments, empty segments, backslashes or encoded characters, so such a path needs a session.

    Some routers ignore a slash at the end. So ``/open/`` itself is public only if ``/open`` is
    listed too.

    Raises:
        TypeError: ``paths`` is one string.
        ValueError: a path is not plain, or is ``/``, which would make everything public.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        if isinstance(paths, str):
            raise TypeError(f"public paths come as a list: [{paths!r}]")
        listed = tuple(paths)
        for path in listed:
            if not _PLAIN.fullmatch(path):
                raise ValueError(
                    f"{path!r} cannot be public: a path begins with / and has segments of"
                    " A-Z a-z 0-9 - . _ ~, at least one"
                )
        self._exact = frozenset(path for path in listed if not path.endswith("/"))
        self._prefixes = tuple(path for path in listed if path.endswith("/"))

    def __contains__(self, path: str) -> bool:
        return (
            _PLAIN.fullmatch(path) is not None
            and self._is_listed(path)
            and self._is_listed(path.removesuffix("/"))
        )

    def contains_below(self, root_path: str, path: str) -> bool:
        """Whether ``path`` is public for every framework, given the ``root_path`` of ASGI.

        Frameworks treat ``root_path`` differently. Falcon ignores it. Starlette removes it from the
        path if a slash follows. Django and Quart remove it always. Litestar removes it with all
        that stands before it. So a path that contains the root must begin with it, once, and must
        be public both with it and without it. If the root is not plain, or ends in a slash, no
        path is public.
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

    def _is_listed(self, path: str) -> bool:
        return path in self._exact or path.startswith(self._prefixes)
