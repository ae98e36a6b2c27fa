"""Which paths are public. An ambiguous path never is."""

import pytest

from cybershop_customer.entrypoints.middleware.public_paths import PublicPaths

PUBLIC = PublicPaths(["/health", "/a/b", "/static/"])


@pytest.mark.parametrize(
    "path",
    ["/health", "/a/b", "/static/x", "/static/x/", "/static/x/y.min~1_2-3.js"],
)
def test_a_listed_path_is_public(path: str) -> None:
    assert path in PUBLIC


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
def test_a_similar_path_is_not_public(path: str) -> None:
    assert path not in PUBLIC


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
def test_an_ambiguous_path_is_not_public(path: str) -> None:
    assert path not in PUBLIC


def test_a_folder_is_public_if_it_is_listed_with_and_without_its_slash() -> None:
    """Some routers ignore the last slash."""
    both = PublicPaths(["/static", "/static/"])

    assert "/static" in both
    assert "/static/" in both


def test_no_path_is_public_by_default() -> None:
    assert "/health" not in PublicPaths([])


@pytest.mark.parametrize(
    "path", ["/", "", "health", "/a/../b", "//a", "/a//", "/ä", "/%61", "/*", "/a?b", "/a\n"]
)
def test_an_ambiguous_path_or_the_root_cannot_be_listed(path: str) -> None:
    with pytest.raises(ValueError, match="cannot be public"):
        PublicPaths(["/health", path])


def test_one_string_is_refused() -> None:
    with pytest.raises(TypeError, match=r"\['/health'\]"):
        PublicPaths("/health")
