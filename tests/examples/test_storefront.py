"""The example of a storefront: its script."""

from pathlib import Path
from typing import Final

from support.processes.example import Example, run, survivors

EXAMPLE: Final = Example("storefront")


def test_the_script_shows_it_with_two_real_processes() -> None:
    status, output = run(EXAMPLE.folder / "demo.py")

    lines = output.splitlines()
    assert status == 0, output
    assert lines[-1] == "All as expected; both services are stopped, and no log has a secret."
    assert "The admin sees one session of hers: 203.0.113.7, A browser without a window" in lines
    assert all(" listens on http://" in line for line in lines[:2])
    assert not survivors()


def test_the_script_fails_where_a_page_needs_no_live_session(tmp_path: Path) -> None:
    copy = EXAMPLE.copied_to(tmp_path)
    routes = copy / "routes.py"
    text = routes.read_text(encoding="utf-8")
    check = "        await client.check_session(context_id)\n"
    page = "bearer = client.as_bearer(context_id)\n"
    assert (text.count(check), text.count(page)) == (1, 1)
    open_to_all = f"if not context_id:\n            return account_page('', 0)\n        {page}"
    routes.write_text(text.replace(check, "").replace(page, open_to_all), encoding="utf-8")

    status, output = run(copy / "demo.py")

    assert status == 1, output
    assert "expected 303 /login, not 200" in output
