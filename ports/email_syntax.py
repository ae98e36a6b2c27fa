"""The syntax of e-mail addresses."""

from abc import abstractmethod
from typing import Protocol

from ..domain.email_address import EmailAddress


class EmailSyntax(Protocol):
    """Reads e-mail addresses. It asks no mail server."""

    @abstractmethod
    def parse(self, text: str) -> EmailAddress:
        """Read ``text`` as an e-mail address.

        Returns:
            The address as written, and its key. Two spellings of one mailbox have the same key:
            they may differ in letter case, in Unicode form, or in whether an internationalised
            domain is written in ASCII.

        Raises:
            ValueError: ``text`` is no address. The message is a sentence for the author of
                ``text``, without the full stop.
        """
