"""A person who uses an account of the shop, with a mailbox and a front end."""

import re
from typing import Any, Final

from support.http.api import Answer, Api
from support.http.customer_api import BASE
from support.mail.mailbox import Mailbox, text_of

LINK_URL: Final = "https://shop.test/account"


class Person:
    """Each request must succeed. The person's front end keeps the newest ``context_id``.

    Args:
        api: the service.
        mailbox: where all mail of the service arrives.
        email: the person's address.
    """

    def __init__(self, api: Api, mailbox: Mailbox, email: str) -> None:
        self._api = api
        self._mailbox = mailbox
        self._read = 0
        self.email = email
        self.customer_id = ""
        self.context_id = ""

    def send(self, method: str, path: str, message: dict[str, object] | None = None) -> Answer:
        """Send a request with the present session, if there is one."""
        bearer = self.context_id or None
        return self._api.request(method, BASE + path, message or {}, bearer=bearer)

    def register(self, password: str) -> None:
        answer = self._succeed("POST", "", email=self.email, password=password)
        self.customer_id = answer["customer_id"]

    def log_in(self, password: str) -> str:
        """Log in by address, on a device of its own; return the ``context_id``."""
        answer = self._succeed("PUT", "/login", email=self.email, password=password)
        self.context_id = answer["context_id"]
        return self.context_id

    def may_log_in(self, password: str) -> bool:
        message: dict[str, object] = {"email": self.email, "password": password}
        return self._api.put(f"{BASE}/login", message).status == 200

    def is_logged_in(self, context_id: str | None = None) -> bool:
        bearer = context_id or self.context_id
        return self._api.get(f"{BASE}/session", bearer=bearer).status == 200

    def follow(self, token: str) -> None:
        self._succeed("POST", "/email-verification/complete", token=token)

    def forget_password(self) -> None:
        self._succeed("POST", "/password-reset", email=self.email)

    def recover(self, token: str, password: str) -> None:
        self._succeed("POST", "/password-reset/complete", token=token, password=password)

    def change_password(self, password: str, new_password: str) -> None:
        fields = {"password": password, "new_password": new_password}
        self.context_id = self._succeed("PUT", "/me/password", **fields)["context_id"]

    def profile(self) -> Any:
        return self._succeed("GET", "/me")

    def sessions(self) -> list[dict[str, Any]]:
        sessions: list[dict[str, Any]] = self._succeed("GET", "/me/sessions")["sessions"]
        return sessions

    def end_other_sessions(self) -> None:
        self._succeed("DELETE", "/me/sessions")

    def export(self) -> Any:
        return self._succeed("GET", "/me/export")

    def leave(self) -> None:
        self._succeed("DELETE", "/me")

    def token_of_mail(self, page: str) -> str:
        """Read the next mail, which must have a link to this page; return the link's token."""
        text = self.next_mail()
        (token,) = re.findall(rf"{LINK_URL}/{page}#token=(\S+)", text)
        return str(token)

    def next_mail(self) -> str:
        """The text of the next mail, when it arrives."""
        message = self._mailbox.wait_for(self._read + 1)[self._read]
        assert message["To"] == self.email
        self._read += 1
        return text_of(message)

    def _succeed(self, method: str, path: str, **message: object) -> Any:
        answer = self.send(method, path, message)
        assert answer.status == 200, answer
        return answer.json
