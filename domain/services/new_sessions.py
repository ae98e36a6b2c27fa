"""Makes sessions and device tokens, which a use case then stores."""

from ...ports.clock import Clock
from ...ports.random_source import RandomSource
from ..customer import Customer
from ..device import DEVICE_BYTES, DeviceToken, device_ref
from ..policy import SessionPolicy
from ..session import SECRET_BYTES, ContextId, LoginResult, Session


class NewSessions:
    """Makes the session of a customer whose password was verified."""

    def __init__(self, *, clock: Clock, random_source: RandomSource, policy: SessionPolicy) -> None:
        self._clock = clock
        self._random_source = random_source
        self._policy = policy

    def new_device(self) -> DeviceToken:
        """The token of a device that was not known before."""
        return DeviceToken.new(self._random_source.token_bytes(DEVICE_BYTES))

    def make(self, customer: Customer, device: DeviceToken) -> LoginResult:
        """A session of ``customer`` on ``device``, issued now. It is not stored yet."""
        now = self._clock.now()
        random = self._random_source.token_bytes(SECRET_BYTES)
        context_id = ContextId.new(customer.customer_id, random)
        session = Session(
            session_id=context_id.session_id,
            customer_id=customer.customer_id,
            roles=customer.roles,
            issued_at=now,
            expires_at=now + min(self._policy.idle, self._policy.max_lifetime),
            email_verified=customer.email_verified,
            device=device_ref(device.device_id),
        )
        return LoginResult(context_id.secret, session, device_token=device.secret)
