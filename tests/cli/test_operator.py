"""The audit log names the system user who runs a command."""

import pwd

import pytest

from cybershop_customer.entrypoints.cli.operator import system_operator


@pytest.mark.parametrize(
    ("user", "sudo_user", "actor_id"),
    [
        (1000, "", "operator:alice"),
        # Only root's variable counts.
        (1000, "bob", "operator:alice"),
        (0, "bob", "operator:bob"),
        (0, "", "operator:root"),
        (4711, "", "operator:4711"),
    ],
)
def test_it_is_the_user_of_the_process_or_who_called_sudo(
    monkeypatch: pytest.MonkeyPatch, user: int, sudo_user: str, actor_id: str
) -> None:
    names = {1000: "alice", 0: "root"}
    monkeypatch.setattr("os.getuid", lambda: user)
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: pwd.struct_passwd((names[uid], *"xxxxxx")))
    monkeypatch.setenv("SUDO_USER", sudo_user)
    monkeypatch.setenv("USER", "mallory")
    monkeypatch.setenv("LOGNAME", "mallory")

    assert system_operator().customer_id == actor_id
