"""Where requests go, as botocore resolves it from the settings of AWS."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import botocore.session
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PORTS = {"http": 80, "https": 443}

_PLAIN_PATH: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[\w.~%-]+)*/?", re.ASCII)
"""A path that a signature names as the request does. botocore normalises any other one for it."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The URL of DynamoDB, the region in signatures, and the certificate authorities to trust."""

    url: str
    region: str
    certificates: str | None = None
    """A file or a directory; None for the system's."""

    @property
    def scheme(self) -> str:
        return urlsplit(self.url).scheme

    @property
    def host(self) -> str:
        """The name or the address, without brackets."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or _PORTS[self.scheme]

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"

    @property
    def has_plain_target(self) -> bool:
        """Whether the path needs no normalisation, and there is no query."""
        parts = urlsplit(self.url)
        return not parts.query and _PLAIN_PATH.fullmatch(parts.path) is not None

    @property
    def shown_url(self) -> str:
        """The URL for errors and the log: without a user and a password."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        """The header ``Host``: with the port only if it is not that of the scheme."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def find_endpoint(session: botocore.session.Session, client: "DynamoDBClient") -> Endpoint:
    """The endpoint of ``client``, which ``session`` made. It follows every variable of AWS.

    botocore resolves it for each request by its rules. So this begins a request, and ends it before
    botocore signs or sends anything. Use ``client`` for no request afterwards: its GetItem stays
    replaced.
    """
    found: list[tuple[str, str]] = []

    def note(
        params: Mapping[str, Any], context: Mapping[str, Any], **_: object
    ) -> tuple[SimpleNamespace, Mapping[str, Any]]:
        region = context.get("signing", {}).get("region", client.meta.region_name)
        found.append((params["url"], region))
        return SimpleNamespace(status_code=HTTPStatus.OK), {}

    events: Any = client.meta.events
    events.register_first("before-call.dynamodb.GetItem", note)
    client.get_item(TableName="none", Key={})
    ((url, region),) = found
    # The authorities are found as in botocore's ``Session.create_client``.
    bundle = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    return Endpoint(url, region, bundle or get_cert_path(verify=True))


def reason_for_botocore(
    session: botocore.session.Session, client: "DynamoDBClient", endpoint: Endpoint
) -> str | None:
    """Why only botocore can serve this deployment, or None if the direct client can too."""
    if endpoint.scheme not in _PORTS:
        return "the endpoint is not of HTTP"
    if not endpoint.has_plain_target:
        return "the endpoint has an unusual path"
    mode = session.get_config_variable("account_id_endpoint_mode")
    if isinstance(mode, str) and mode.lower() == "required":
        return "the endpoint must be that of the account"
    config: Any = client.meta.config
    proxies = get_environ_proxies(endpoint.url) if config.proxies is None else config.proxies
    return "a proxy is set" if proxies.get(endpoint.scheme) else None
