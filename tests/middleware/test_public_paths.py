"""Which paths are open: where anybody might read a path in two ways, none."""

import pytest

from cybershop_customer.entrypoints.middleware.public_paths import PublicPaths

OPEN = PublicPaths(["/health", "/a/b", "/static/"])


@pytest.mark.parametrize(
    "path",
    ["/health", "/a/b", "/static/x", "/static/x/", "/static/x/y.min~1_2-3.js"],
)
def test_what_is_named_is_open(path: str) -> None:
    assert path in OPEN


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "health",
        "/health/",
        "/healthy",
        "/Health",
        "/health/x",
        "/a",
        "/a/b/c",
        "/static",
        "/static/",
        "/staticx",
        "/x/static/",
    ],
)
def test_what_is_near_it_is_not(path: str) -> None:
    assert path not in OPEN


@pytest.mark.parametrize(
    "path",
    [
        "/static/..",
        "/static/../admin",
        "/static/./x",
        "/static/.",
        "/static/.../x",
        "/static/x/..",
        "/static//admin",
        "//static/x",
        "/static/x//",
        "//health",
        "/./health",
        "/x/../health",
        "/static/..\\admin",
        "/static\\x",
        "/static/%2e%2e/admin",
        "/static/..%2fadmin",
        "/static/%",
        "/static/..;/admin",
        "/static/x;y",
        "/static/x y",
        "/static/x?y",
        "/static/x#y",
        "/static/x\n",
        "/static/\n",
        "/health\n",
        "/static/x\x00",
        "/static/\xe9",
        "/static/\xef\xbc\x8e\xef\xbc\x8e/x",
        "/static/\uff0e\uff0e/x",
        "/static/\u0663",
    ],
)
def test_what_could_be_read_as_another_path_is_not(path: str) -> None:
    assert path not in OPEN


def test_a_folder_is_open_itself_if_it_is_named_with_and_without_its_slash() -> None:
    """A router that ignores the last slash reads it as the path without."""
    both = PublicPaths(["/static", "/static/"])

    assert "/static" in both
    assert "/static/" in both


def test_nothing_is_open_by_itself() -> None:
    assert "/health" not in PublicPaths([])


@pytest.mark.parametrize(
    "path", ["/", "", "health", "/a/../b", "//a", "/a//", "/ä", "/%61", "/*", "/a?b", "/a\n"]
)
def test_what_could_never_be_open_or_would_open_all_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="cannot be public"):
        PublicPaths(["/health", path])


def test_one_string_is_not_several() -> None:
    with pytest.raises(TypeError, match=r"\['/health'\]"):
        PublicPaths("/health")
