"""The texts of a notification, and its link."""

from urllib.parse import quote

from ...domain.notification import Notification
from .mail_template import LINK_PATHS, NotificationText
from .one_line import one_line
from .template_set import TemplateSet


class NotificationTexts:
    """Fills the templates.

    Args:
        templates: the templates.
        link_url: where the links lead: the beginning of a URL, without a slash at its end.
        shop: the shop's name.
    """

    def __init__(self, templates: TemplateSet, *, link_url: str, shop: str) -> None:
        self._templates = templates
        self._link_url = link_url.rstrip("/")
        self._shop = one_line(shop)

    def of(self, notification: Notification) -> NotificationText:
        """The texts of ``notification``, in its locale or the nearest one."""
        template = self._templates.find(notification.kind, notification.locale)
        return template.fill(
            {
                "customer_id": one_line(notification.customer_id),
                "shop": self._shop,
                "link": self.link_of(notification),
                "minutes": f"{notification.minutes}",
                "hours": f"{notification.minutes / 60:g}",
            }
        )

    def link_of(self, notification: Notification) -> str:
        """The link; empty if the notification has none.

        The token is in the fragment, which a browser sends to no server (RFC 3986, 3.5). So it
        reaches no log (OWASP ASVS 5.0, 14.2.1).
        """
        path = LINK_PATHS.get(notification.kind)
        if path is None or notification.token is None:
            return ""
        token = quote(one_line(notification.token.secret), safe="")
        if not token[-1:].isalnum():
            # Mail programs take a dot at the end of an address for the end of a sentence.
            token = f"{token[:-1]}%{ord(token[-1]):02X}"
        return f"{self._link_url}{path}#token={token}"
