"""The use cases of roles: grant a role, revoke it, and ensure the admin of the settings."""

from ...ports.clock import Clock
from ...ports.customer_repository import CustomerRepository
from ...ports.random_source import RandomSource
from ..actor import ADMIN, OPERATOR, Actor
from ..budget_names import name_budget_keys
from ..customer import FIRST_VERSION_BYTES, Customer
from ..customer_update import CustomerUpdate, EmailChange
from ..errors import CustomerExistsError, CustomerNotFoundError, VersionConflictError
from ..fields import Faults, customer_id_fault, new_customer_id_fault, role_fault
from ..use_case import use_cases
from .audit_trail import AuditTrail
from .authorizer import Authorizer
from .conflict import retry_on_conflict
from .current_customer import read_customer
from .password_hashing import PasswordHashing
from .passwords import Passwords


@use_cases
class RoleService:
    """Grants and revokes roles. A change takes effect at the next session check.

    Every method may also raise StoreUnavailableError and StoreFaultError.
    """

    def __init__(
        self,
        *,
        customers: CustomerRepository,
        audit_trail: AuditTrail,
        authorizer: Authorizer,
        passwords: Passwords,
        random_source: RandomSource,
        clock: Clock,
    ) -> None:
        self._customers = customers
        self._audit_trail = audit_trail
        self._authorizer = authorizer
        self._passwords = passwords
        self._random_source = random_source
        self._clock = clock

    def grant_role(self, customer_id: str, role: str, *, actor: Actor) -> bool:
        """Grant ``role``. Admins only.

        Returns:
            Whether the customer's roles changed: False if the customer had the role already.

        Raises:
            InvalidInputError: the id or the role is malformed.
            ForbiddenError: ``actor`` is no admin.
            CustomerNotFoundError: there is no such customer.
        """
        return self._set_role(customer_id, role, actor, granted=True)

    def revoke_role(self, customer_id: str, role: str, *, actor: Actor) -> bool:
        """Revoke ``role``; otherwise like ``grant_role``.

        Raises:
            SelfRemovalError: ``actor`` is this customer, and ``role`` is that of admins. Another
                admin can revoke it.
        """
        return self._set_role(customer_id, role, actor, granted=False)

    def ensure_admin(self, customer_id: str, password: str) -> None:
        """Make sure that this admin exists and has this password. The service calls it at start.

        If a customer with this id exists, the password is replaced and every session ends. So a
        customer does not become admin by taking the id first. The e-mail address, the names and
        the addresses of such a customer are removed too, so that a stranger cannot get the
        admin's mail. A customer who is an admin already, or has this password, keeps them. The id
        of a deleted customer is given to the admin at once.

        Raises:
            InvalidInputError: the id or the password is malformed. The rules for new passwords
                do not apply to the operator's choice.
            ServiceBusyError: too many passwords wait to be hashed. Nothing was changed.
        """
        faults = Faults()
        faults.note("customer_id", new_customer_id_fault(customer_id, by_operator=True))
        fault = self._passwords.shape_fault(password)
        faults.note("password", fault if password else "must not be empty")
        faults.raise_if_any()

        with self._passwords.hashing(known_device=True) as hashing:
            retry_on_conflict(self._ensure_admin, customer_id, password, hashing)

    def _ensure_admin(self, customer_id: str, password: str, hashing: PasswordHashing) -> None:
        """Read the customer; add the admin, or change what differs."""
        current = self._customers.get(customer_id, now=self._clock.now())
        if current is None:
            self._add_admin(customer_id, hashing.hash(password))
            return
        same_password = hashing.verify(password, current.password_hash)
        if same_password and ADMIN in current.roles:
            return
        is_stranger = not same_password and ADMIN not in current.roles
        filled = [name for name, text in current.profile.items() if text] if is_stranger else []
        email = _no_address(current) if is_stranger else None
        update = CustomerUpdate(
            customer_id=customer_id,
            if_version=current.version,
            profile=dict.fromkeys(filled, ""),
            email=email,
            roles=current.roles | {ADMIN},
            password_hash=None if same_password else hashing.hash(password),
            reset_budgets=() if same_password else name_budget_keys(customer_id, current.email_key),
        )
        changed = {"roles", *filled}
        if not same_password:
            changed.add("password")
        if email is not None:
            changed.add("email")
        record = self._audit_trail.record(
            "ensure_admin",
            customer_id,
            "Admin ensured.",
            actor_id=OPERATOR.customer_id,
            fields=tuple(sorted(changed)),
        )
        try:
            self._customers.update(update, record)
        except CustomerNotFoundError as error:
            # Another process deleted the customer after the read: retry.
            raise VersionConflictError(customer_id) from error

    def _add_admin(self, customer_id: str, password_hash: str) -> None:
        now = self._clock.now()
        first_version = int.from_bytes(self._random_source.token_bytes(FIRST_VERSION_BYTES))
        admin = Customer(
            customer_id=customer_id,
            roles=frozenset({ADMIN}),
            password_hash=password_hash,
            password_version=first_version,
            version=first_version,
            created_at=now,
            updated_at=now,
        )
        record = self._audit_trail.record(
            "ensure_admin",
            customer_id,
            "Admin ensured.",
            actor_id=OPERATOR.customer_id,
            fields=("password", "roles"),
            at=now,
        )
        try:
            # The operator's choice: also the id of a deleted customer.
            self._customers.add(admin, record, reuse=True)
        except CustomerExistsError as error:
            # Another process added the customer after the read: retry.
            raise VersionConflictError(customer_id) from error

    def _set_role(self, customer_id: str, role: str, actor: Actor, *, granted: bool) -> bool:
        operation = "grant_role" if granted else "revoke_role"
        faults = Faults()
        faults.note("customer_id", customer_id_fault(customer_id))
        faults.note("role", role_fault(role))
        faults.raise_if_any()
        if role == ADMIN and not granted:
            self._authorizer.require_another_admin(actor, operation, customer_id)
        else:
            self._authorizer.require_admin(actor, operation, customer_id)

        return retry_on_conflict(self._change_role, customer_id, role, actor, granted=granted)

    def _change_role(self, customer_id: str, role: str, actor: Actor, *, granted: bool) -> bool:
        """Read the customer, grant or revoke the role, and return whether the roles changed."""
        current = read_customer(self._customers, customer_id, now=self._clock.now())
        if (role in current.roles) is granted:
            return False
        update = CustomerUpdate(
            customer_id=customer_id,
            if_version=current.version,
            roles=current.roles | {role} if granted else current.roles - {role},
        )
        record = self._audit_trail.record(
            "grant_role" if granted else "revoke_role",
            customer_id,
            f"Role {role} {'granted' if granted else 'revoked'}.",
            actor_id=actor.customer_id,
            fields=("roles",),
        )
        self._customers.update(update, record)
        return True


def _no_address(current: Customer) -> EmailChange | None:
    """The removal of the e-mail address and of its key, or None if there is neither."""
    if current.email is None and current.email_key is None:
        return None
    return EmailChange(address=None, key=None, old_key=current.email_key)
