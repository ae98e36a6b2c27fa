"""The settings of the Lambda authorizer: the environment variables of its function."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from ...domain.errors import FieldFault, SettingsError
from ...domain.fields import role_fault
from ..setting import setting, settings_of
from ..setting_readers import read_boolean, read_endpoint, read_table_prefix, whole_number

_OWN_PREFIX: Final = "CUSTOMER_AUTHORIZER_"


def _read_role(text: str) -> str:
    fault = role_fault(text)
    if fault is not None:
        raise ValueError(fault)
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerSettings:
    """What the deployment of an authorizer decides. Each field is a variable ``CUSTOMER_<NAME>``.

    Four of them have the value that the service has.
    """

    table_prefix: str = setting(
        read_table_prefix, "the service's own `CUSTOMER_TABLE_PREFIX`", default=""
    )
    dynamodb_endpoint: str | None = setting(
        read_endpoint, "another endpoint than AWS's, for tests", default=None
    )
    session_max_seconds: int = setting(
        whole_number(1, 30 * 24 * 60 * 60),
        "the service's own `CUSTOMER_SESSION_MAX_SECONDS`; by default only the expiry counts that"
        " the service stored",
        default=30 * 24 * 60 * 60,
    )
    session_feed_shards: int = setting(
        whole_number(1, 64), "the service's own `CUSTOMER_SESSION_FEED_SHARDS`", default=1
    )
    authorizer_role: str | None = setting(
        _read_role, "the role that every session must have, such as `admin`", default=None
    )
    authorizer_max_age_seconds: int = setting(
        whole_number(0, 60),
        "how long an answer is used without another check, and so how long a logout may go unseen;"
        " `0` checks each request",
        default=5,
    )
    authorizer_follow_feed: bool = setting(
        read_boolean,
        "follow the session change feed: a logout is seen within 2 seconds, and a session is"
        " checked once a minute",
        default=False,
    )

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """The settings in ``environ``. An empty variable is one that is not set.

        Raises:
            SettingsError: names every variable that is wrong, and what it should be.
        """
        values: dict[str, object] = {}
        faults: list[FieldFault] = []
        for name, its in AUTHORIZER_SETTINGS.items():
            text = environ.get(its.variable, "")
            if not text:
                continue
            try:
                values[name] = its.read(text)
            except ValueError as error:
                faults.append(FieldFault(its.variable, str(error)))
        known = {its.variable for its in AUTHORIZER_SETTINGS.values()}
        # A misspelt role must not leave an API without its role.
        faults += [
            FieldFault(variable, f"is unknown; there are {', '.join(sorted(known))}")
            for variable in sorted(environ)
            if variable.startswith(_OWN_PREFIX) and variable not in known
        ]
        if faults:
            raise SettingsError(faults)
        return cls(**values)  # type: ignore[arg-type]


AUTHORIZER_SETTINGS: Final = settings_of(AuthorizerSettings)
