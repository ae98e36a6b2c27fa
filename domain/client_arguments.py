"""What every client of the service checks before it asks anything, in process and over HTTP.

A value here would otherwise go into a header or a path, where a wrong one could mean another
request.
"""

import re
from typing import Final

from .audit import MAX_USER_AGENT_BYTES
from .errors import CustomerNotFoundError
from .fields import Faults, require_customer_id
from .network_address import NETWORK_SUFFIX, Address, parse_address
from .reserved_ids import DOT_SEGMENTS, PATH_WORDS

# A header has no control character but the tab, and no character beyond Latin-1 (RFC 9110, 5.5).
_HEADER_TEXT: Final = re.compile(r"[\t -~\x80-\xff]*")
_MAX_VERSION: Final = 2**53 - 1


def parse_source(source: str) -> Address | None:
    """The address in ``source``, which may be the /64 network of an IPv6 address."""
    return parse_address(source.removesuffix(NETWORK_SUFFIX) if ":" in source else source)


def require_origin(source: object, user_agent: object = None) -> None:
    """Check what is known of the person who asks; None stands for what is not.

    Raises:
        InvalidInputError: ``source`` is no network address, or ``user_agent`` fits no header.
    """
    faults = Faults()
    if source is not None and not (isinstance(source, str) and parse_source(source)):
        faults.note("source", "must be a network address, such as 203.0.113.7 or 2001:db8::7")
    if user_agent is not None and not (
        isinstance(user_agent, str) and _HEADER_TEXT.fullmatch(user_agent)
    ):
        faults.note("user_agent", "must be the text of a header, as the browser sent it")
    faults.raise_if_any()


def shown_user_agent(user_agent: str) -> str:
    """As much of ``user_agent`` as the service keeps at most."""
    return user_agent[:MAX_USER_AGENT_BYTES]


def require_version(if_version: object) -> None:
    """Check ``if_version``; None stands for any version.

    Raises:
        InvalidInputError: it can be no version of a customer.
    """
    if if_version is None:
        return
    faults = Faults()
    if type(if_version) is not int or not 0 < if_version <= _MAX_VERSION:
        faults.note("if_version", "must be a version that the service returned, a whole number")
    faults.raise_if_any()


def require_target(customer_id: str, if_version: object = None) -> None:
    """Check the customer whom an admin names.

    Raises:
        InvalidInputError: ``customer_id`` is malformed, or ``if_version`` can be no version.
        CustomerNotFoundError: ``customer_id`` is a word of the service's paths, which no customer
            has. A request about it would be another request.
    """
    require_version(if_version)
    require_customer_id(customer_id)
    if customer_id.lower() in PATH_WORDS | DOT_SEGMENTS:
        raise CustomerNotFoundError(customer_id)
