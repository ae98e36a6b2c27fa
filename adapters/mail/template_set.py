"""The templates of all messages: those of the package, and those that a shop puts in their place.

A folder of templates has a folder for each locale, with the files ``<kind>.txt`` and
``<kind>.html``.
"""

from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, TypeAlias

from ...domain.fields import LOCALE
from ...domain.notification import NotificationKind
from .mail_template import MailTemplate, parse_template

DEFAULT_LOCALE: Final = "en"
"""The package has every template in this locale."""

_PACKAGE: Final = __name__.rpartition(".")[0]
_Found: TypeAlias = dict[tuple[str, NotificationKind], MailTemplate]
"""Templates by the locale in lower case, and the kind."""


class TemplateError(ValueError):
    """Templates are wrong. ``details`` says what each must be, and names the file."""

    def __init__(self, details: Iterable[str]) -> None:
        self.details = tuple(details)
        super().__init__("; ".join(self.details))


class LocaleError(ValueError):
    """The shop's locale has no templates."""


class TemplateSet:
    """Finds the template of a notification. ``load_templates`` makes it."""

    def __init__(
        self, templates: Mapping[tuple[str, NotificationKind], MailTemplate], locale: str
    ) -> None:
        self._templates = templates
        self._locale = locale

    def find(self, kind: NotificationKind, locale: str) -> MailTemplate:
        """The template in ``locale``, such as ``de-AT``, or in the nearest locale that has one.

        The nearest ones are, in this order: the same without its last parts (RFC 4647, 3.4), the
        shop's locale in the same way, and English.
        """
        for candidate in (*_lookup(locale), *_lookup(self._locale)):
            template = self._templates.get((candidate, kind))
            if template is not None:
                return template
        return self._templates[DEFAULT_LOCALE, kind]


def load_templates(folder: Path | None = None, locale: str = DEFAULT_LOCALE) -> TemplateSet:
    """Load the package's templates, and put those of ``folder`` in their place.

    A text without HTML beside it is sent as plain text only.

    Args:
        folder: the shop's templates; None for the package's alone.
        locale: the locale of customers who have none.

    Raises:
        TemplateError: a template is wrong.
        LocaleError: there is none in ``locale``.
    """
    details: list[str] = []
    found = _read(files(_PACKAGE) / "templates", details)
    if folder is not None:
        if not folder.is_dir():
            raise TemplateError(["must be the path of a folder that the service can read"])
        found |= _read(folder, details)
    if details:
        raise TemplateError(details)
    locales = {name for name, _ in found}
    if not locales.intersection(_lookup(locale)):
        known = " or ".join(sorted(locales))
        raise LocaleError(f"must be a locale that has templates: {known}")
    return TemplateSet(found, locale)


def _read(folder: Traversable, details: list[str]) -> _Found:
    """The templates in ``folder``. Adds to ``details`` what is wrong with others."""
    found: _Found = {}
    try:
        for locale in _visible(folder):
            if locale.is_dir():
                found |= _read_locale(locale, details)
    except OSError as error:
        details.append(f"must be a folder that the service can read ({error.strerror})")
    return found


def _read_locale(folder: Traversable, details: list[str]) -> _Found:
    """The templates of one locale."""
    locale = folder.name
    # The rule of customers' locales: a folder with another name would match none of them.
    if LOCALE.fault(locale):
        details.append(f"must have folders named by locales such as de or pt-BR, not {locale!r}")
        return {}
    texts = {file.name: file for file in _visible(folder) if file.name.endswith((".txt", ".html"))}
    kinds = {f"{kind}.{ending}": kind for kind in NotificationKind for ending in ("txt", "html")}
    details += [
        f"must not have the file {locale}/{name}; the names are {', '.join(NotificationKind)}"
        for name in texts
        if name not in kinds
    ]
    found: _Found = {}
    for kind in NotificationKind:
        plain, html = texts.get(f"{kind}.txt"), texts.get(f"{kind}.html")
        if plain is None:
            if html is not None:
                details.append(f"must have {locale}/{kind}.txt beside {locale}/{kind}.html")
            continue
        try:
            html_text = None if html is None else _text(html)
            template = parse_template(kind, locale, _text(plain), html_text)
        except UnicodeDecodeError:
            details.append(f"must have UTF-8 in {locale}/{kind}.txt and .html")
            continue
        if isinstance(template, MailTemplate):
            found[locale.lower(), kind] = template
        else:
            details += template
    return found


def _visible(folder: Traversable) -> Iterator[Traversable]:
    # Kubernetes puts folders such as ..data beside the files of a volume.
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    return iter(sorted(entries, key=lambda entry: entry.name))


def _text(file: Traversable) -> str:
    return file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")


def _lookup(locale: str) -> Iterator[str]:
    """``locale`` in lower case, and then without its last part, again and again."""
    parts = locale.lower().split("-")
    for count in range(len(parts), 0, -1):
        yield "-".join(parts[:count])
