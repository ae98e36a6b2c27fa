"""The texts of mail: those of the package, and those that a shop puts in their place."""

from pathlib import Path

import pytest
from support.mail.notifications import notification, texts

from cybershop_customer.adapters.mail.mail_template import LINK_PATHS
from cybershop_customer.adapters.mail.template_set import (
    LocaleError,
    TemplateError,
    load_templates,
)
from cybershop_customer.domain.notification import NotificationKind
from cybershop_customer.domain.one_time_token import OneTimeToken

GOOD = "Subject: Hello\n\nHello $customer_id\n"


def shop_folder(root: Path, **files: str) -> Path:
    """A folder of templates; ``de__verify_email_txt`` is de/verify_email.txt."""
    for name, text in files.items():
        locale, _, file = name.partition("__")
        stem, _, ending = file.rpartition("_")
        (root / locale).mkdir(exist_ok=True)
        (root / locale / f"{stem}.{ending}").write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("kind", NotificationKind)
def test_the_package_has_every_text(kind: NotificationKind, locale: str) -> None:
    text = texts().of(notification(kind, locale=locale, minutes=90))

    assert text.locale == locale
    assert text.html is not None
    assert f'<html lang="{locale}">' in text.html
    assert "$" not in text.subject + text.plain + text.html
    for body in (text.plain, text.html):
        assert "zoe" in body
        assert "The Shop" in body
        assert ("#token=" in body) == (kind in LINK_PATHS)


@pytest.mark.parametrize(
    ("locale", "shops", "found"),
    [
        ("de-AT", "en", "de"),
        ("DE-Latn-DE", "en", "de"),
        ("", "en", "en"),
        ("", "de-AT", "de"),
        ("fr", "en", "en"),
        ("fr", "de", "de"),
        ("en-GB", "de", "en"),
        ("../de", "en", "en"),
    ],
)
def test_the_nearest_locale_is_taken(locale: str, shops: str, found: str) -> None:
    templates = load_templates(locale=shops)

    assert templates.find(NotificationKind.EMAIL_IN_USE, locale).locale == found


def test_a_shop_replaces_one_text_and_adds_a_locale(tmp_path: Path) -> None:
    folder = shop_folder(
        tmp_path,
        de__email_changed_txt=GOOD,
        **{
            "pt-BR__email_changed_txt": GOOD,
            "pt-BR__email_changed_html": "<p>$customer_id & $$</p>",
        },
    )
    (tmp_path / "..data").mkdir()
    shop = texts(load_templates(folder))

    german = shop.of(notification(NotificationKind.EMAIL_CHANGED, locale="de"))
    brazilian = shop.of(notification(NotificationKind.EMAIL_CHANGED, locale="pt-br"))

    assert (german.plain, german.html) == ("Hello zoe\n", None)
    assert (brazilian.locale, brazilian.html) == ("pt-BR", "<p>zoe & $</p>")
    other = shop.of(notification(NotificationKind.PASSWORD_CHANGED, locale="pt-BR"))
    assert other.locale == "en"
    assert shop.of(notification(NotificationKind.PASSWORD_CHANGED, locale="de")).html


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        (
            {"de__verify_email_txt": GOOD},
            "must have $link in de/verify_email.txt",
        ),
        (
            {
                "de__verify_email_txt": f"{GOOD}$link",
                "de__verify_email_html": "<p>Hello</p>",
            },
            "must have $link in de/verify_email.html",
        ),
        (
            {"de__email_changed_txt": f"{GOOD}$name"},
            "must not have $name in de/email_changed.txt, which may have $customer_id, $shop",
        ),
        (
            {"de__email_changed_txt": f"{GOOD}$link"},
            "must not have $link in de/email_changed.txt, which may have $customer_id, $shop",
        ),
        (
            {"de__reset_password_txt": "Subject: Open $link\n\n$link"},
            "must not have $link in the subject of de/reset_password.txt, which may have",
        ),
        (
            {"de__email_changed_txt": f"{GOOD}5 $"},
            "must have $$ for a dollar sign in de/email_changed.txt",
        ),
        (
            {"de__email_changed_txt": "Hello $customer_id"},
            "must begin de/email_changed.txt with a line `Subject: …`",
        ),
        (
            {"de__email_changed_html": "<p>Hello</p>"},
            "must have de/email_changed.txt beside de/email_changed.html",
        ),
        (
            {"de__verify_mail_txt": GOOD},
            "must not have the file de/verify_mail.txt; the names are verify_email,",
        ),
        (
            {"german language__email_changed_txt": GOOD},
            "must have folders named by locales such as de or pt-BR, not 'german language'",
        ),
        (
            # A longer tag than a customer's locale may be.
            {"english__email_changed_txt": GOOD},
            "must have folders named by locales such as de or pt-BR, not 'english'",
        ),
    ],
)
def test_a_fault_of_a_template_names_the_file(
    tmp_path: Path, files: dict[str, str], fault: str
) -> None:
    with pytest.raises(TemplateError) as error:
        load_templates(shop_folder(tmp_path, **files))

    (detail,) = error.value.details
    assert detail.startswith(fault)


def test_a_template_must_be_utf_8(tmp_path: Path) -> None:
    folder = shop_folder(tmp_path, de__email_changed_txt=GOOD)
    (folder / "de" / "email_changed.txt").write_bytes("Subject: Grüße\n\n".encode("latin-1"))

    with pytest.raises(TemplateError, match=r"must have UTF-8 in de/email_changed\.txt"):
        load_templates(folder)


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    folder = shop_folder(tmp_path, de__email_changed_txt="$x", fr__verify_email_txt=GOOD)

    with pytest.raises(TemplateError) as error:
        load_templates(folder)

    assert len(error.value.details) == 3


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="must be the path of a folder"):
        load_templates(tmp_path / "missing")


def test_the_shops_locale_must_have_templates() -> None:
    with pytest.raises(LocaleError, match="must be a locale that has templates: de or en"):
        load_templates(locale="fr")


def test_windows_line_ends_and_a_byte_order_mark_are_no_fault(tmp_path: Path) -> None:
    folder = shop_folder(tmp_path, de__email_changed_txt="")
    (folder / "de" / "email_changed.txt").write_bytes(b"\xef\xbb\xbfSubject: Hi\r\n\r\nHello\r\n")

    template = load_templates(folder).find(NotificationKind.EMAIL_CHANGED, "de")

    assert template.fill({"customer_id": "zoe", "shop": "x"}).plain == "Hello\n"


def test_the_hours_of_a_link() -> None:
    template = texts().of(notification(NotificationKind.VERIFY_EMAIL, minutes=24 * 60))

    assert "within 24 hours" in template.plain


@pytest.mark.parametrize("url", ["https://shop.test/account", "https://shop.test/account/"])
@pytest.mark.parametrize(
    ("customer_id", "written"), [("zoe", "zoe"), ("z.oe~", "z.oe%7E"), ("...", "..%2E")]
)
def test_the_link(url: str, customer_id: str, written: str) -> None:
    """Its last character is none that a mail program would leave out of a link."""
    token = OneTimeToken.new(customer_id, bytes(32))

    link = texts(link_url=url).link_of(notification(token=token))

    random = token.secret.partition(".")[0]
    assert link == f"https://shop.test/account/reset-password#token={random}.{written}"
