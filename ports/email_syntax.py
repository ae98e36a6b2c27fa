"""The syntax of e-mail addresses."""

from abc import abstractmethod
from typing import Protocol

from ..domain.customer import EmailAddress


class EmailSyntax(Protocol):
    """Reads e-mail addresses; asks no mail server."""

    @abstractmethod
    def parse(self, text: str) -> EmailAddress:
        """``text`` as an address.

        Returns:
            The address as written, and its key: two spellings that one mailbox receives
            (letter case, Unicode form, an internationalised domain or its ASCII form)
            have the same key.

        Raises:
            ValueError: it is none; the message is a sentence for the one who wrote it, without the
                full stop.
        """
