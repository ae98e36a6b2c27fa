"""The e-mail syntax of the library email-validator (RFC 5321, 5322, 6531 and IDNA 2008)."""

from unicodedata import normalize

from ...domain.email_address import EmailAddress
from ...ports.email_syntax import EmailSyntax
from ..extras import requires_extra

with requires_extra("service"):
    from email_validator import EmailNotValidError, validate_email


class EmailValidatorSyntax(EmailSyntax):
    """Accepts addresses of the public mail system, and of the domain ``.test`` (RFC 6761).

    The email key is the local part, case folded and in NFC, and the domain in its ASCII form, in
    lower case. It keeps dots and plus signs, because only the mail provider knows their meaning.
    """

    def parse(self, text: str) -> EmailAddress:
        try:
            found = validate_email(text, check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            raise ValueError(str(error).rstrip(".")) from None
        domain = found.ascii_domain or found.domain
        # Folding NFC text can undo its form, so that "ΐ" would differ from its capital "Ϊ́".
        local_part = normalize("NFC", normalize("NFD", found.local_part).casefold())
        key = f"{local_part}@{domain.lower()}"
        # Most are equal. A store in memory then holds one text and not two.
        return EmailAddress(text, text if key == text else key)
