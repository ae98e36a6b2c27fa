"""The template of one message: a subject, a plain text, and mostly HTML."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from string import Template
from typing import Final

from ...domain.notification import NotificationKind
from .one_line import one_line

LINK_PATHS: Final[Mapping[NotificationKind, str]] = {
    NotificationKind.VERIFY_EMAIL: "/verify-email",
    NotificationKind.RESET_PASSWORD: "/reset-password",
}
"""The kinds with a link, and what follows CUSTOMER_LINK_URL in it."""

_ANYWHERE: Final = ("customer_id", "shop")
_WITH_LINK: Final = ("hours", "link", "minutes")
_SUBJECT: Final = "Subject: "


@dataclass(frozen=True, slots=True)
class NotificationText:
    """The texts of one message."""

    locale: str
    subject: str
    plain: str
    html: str | None


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """A template whose placeholders are those of its kind."""

    locale: str
    subject: Template
    plain: Template
    html: Template | None

    def fill(self, values: Mapping[str, str]) -> NotificationText:
        """The texts with these ``values``, which have no line breaks. HTML gets them escaped."""
        html = None
        if self.html is not None:
            html = self.html.substitute({name: escape(text) for name, text in values.items()})
        return NotificationText(
            locale=self.locale,
            subject=one_line(self.subject.substitute(values)),
            plain=self.plain.substitute(values),
            html=html,
        )


def parse_template(
    kind: NotificationKind, locale: str, plain: str, html: str | None
) -> MailTemplate | list[str]:
    """The template of the files ``<locale>/<kind>.txt`` and ``.html``, or what is wrong with them.

    The first line of the plain text is its subject.
    """
    name = f"{locale}/{kind}"
    first_line, _, body = plain.partition("\n")
    faults: list[str] = []
    if not first_line.startswith(_SUBJECT) or not first_line.removeprefix(_SUBJECT).strip():
        faults.append(f"must begin {name}.txt with a line `Subject: …`")
    subject = Template(first_line.removeprefix(_SUBJECT).strip())
    body_names = _ANYWHERE + (_WITH_LINK if kind in LINK_PATHS else ())
    required = ("link",) if kind in LINK_PATHS else ()
    faults += _faults(subject, f"the subject of {name}.txt", _ANYWHERE)
    faults += _faults(Template(body), f"{name}.txt", body_names, required)
    if html is not None:
        faults += _faults(Template(html), f"{name}.html", body_names, required)
    if faults:
        return faults
    body = body.strip("\n") + "\n"
    return MailTemplate(locale, subject, Template(body), None if html is None else Template(html))


def _faults(
    template: Template, where: str, names: Collection[str], required: Collection[str] = ()
) -> Iterator[str]:
    if not template.is_valid():
        yield f"must have $$ for a dollar sign in {where}"
    found = template.get_identifiers()
    listed = ", ".join(f"${name}" for name in sorted(names))
    for name in found:
        if name not in names:
            yield f"must not have ${name} in {where}, which may have {listed}"
    for name in required:
        if name not in found:
            yield f"must have ${name} in {where}"
