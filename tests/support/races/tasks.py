"""Tasks of racers, which run in threads or in processes."""

from support.races.processes import outcome

from cybershop_customer import OPERATOR, LoginRefusedError, VersionConflictError
from cybershop_customer.entrypoints.services import Services

PASSWORD = "correct horse"
WRONG_PASSWORD = "wrong horse"
NEW_PASSWORD = "new horse"


def add(services: Services, customer_id: str, email: str | None = None) -> str:
    """Add a customer; return the id."""
    email = email or f"{customer_id}@shop.example"
    services.customers.add_customer(customer_id=customer_id, email=email, password=PASSWORD)
    return customer_id


KEY = "4f6d2f9a-7c1e-4d0b-9a53-0c3f8a1e5b77"
"""An Idempotency-Key."""


def add_with_one_key(
    services: Services, number: int, customer_id: str | None = None
) -> tuple[str, int]:
    """Add one customer from every racer with the same key; return the id and the version."""
    customer = services.customers.add_customer(
        customer_id=customer_id,
        email="zoe@shop.example",
        password=PASSWORD,
        idempotency_key=KEY,
    )
    return customer.customer_id, customer.version


def add_another_with_one_key(services: Services, number: int) -> str:
    """Add a customer of its own from every racer, all with the same key; return the id."""
    name = f"customer-{number}"
    services.customers.add_customer(
        customer_id=name, email=f"{name}@shop.example", password=PASSWORD, idempotency_key=KEY
    )
    return name


def add_the_same_id(services: Services, number: int, customer_id: str) -> str:
    """Add one id from every racer, each with its own address; return the address."""
    email = f"{number}@shop.example"
    add(services, customer_id, email)
    return email


def add_the_same_email(services: Services, number: int, local_part: str) -> str:
    """Add one address from every racer, each with its own id and spelling; return the id."""
    spelling = "".join(
        letter.upper() if number >> index & 1 else letter for index, letter in enumerate(local_part)
    )
    return add(services, f"{local_part}-{number}", f"{spelling}@shop.example")


def move_to_the_same_email(services: Services, number: int, email: str) -> str:
    customer_id = f"customer-{number}"
    services.customers.update_customer(customer_id, actor=OPERATOR, email=email)
    return customer_id


def count_up(services: Services, number: int, customer_id: str, times: int) -> int:
    """Increment the number in the customer's first name ``times`` times; return the attempts."""
    tries = 0
    for _ in range(times):
        while True:
            tries += 1
            customer = services.customers.get_customer(customer_id, actor=OPERATOR)
            raised = outcome(
                lambda now=customer: services.customers.update_customer(
                    customer_id,
                    actor=OPERATOR,
                    if_version=now.version,
                    fname=str(int(now.fname) + 1),
                )
            )
            if raised is not VersionConflictError:
                break
    return tries


def log_in_or_change_password(services: Services, number: int, customer_id: str) -> str:
    """Racer 0 changes the password; the others log in with the old one for a ``context_id``."""
    if number == 0:
        services.customers.update_customer(customer_id, actor=OPERATOR, password="new horse")
        return ""
    return services.sessions.login(customer_id=customer_id, password=PASSWORD).context_id


def log_in_or_change_own_password(
    services: Services, number: int, customer_id: str, context_id: str
) -> str:
    """Racer 0 changes the own password; the others log in with the old one. Returns a session."""
    if number == 0:
        actor = services.sessions.check_session(context_id)
        changed = services.password_change.change_password(
            actor=actor, password=PASSWORD, new_password=NEW_PASSWORD
        )
        return changed.context_id
    return services.sessions.login(customer_id=customer_id, password=PASSWORD).context_id


def log_in_or_end_the_others(
    services: Services, number: int, customer_id: str, context_id: str
) -> str:
    """Racer 0 ends every session but its own; the others log in. Returns the session."""
    if number == 0:
        services.sessions.end_other_sessions(services.sessions.check_session(context_id))
        return context_id
    return services.sessions.login(customer_id=customer_id, password=PASSWORD).context_id


def complete_reset(services: Services, number: int, token: str) -> str:
    """Set a password of its own from every racer with one token; return the password."""
    password = f"{number} {NEW_PASSWORD}"
    services.password_reset.complete_reset(token=token, password=password)
    return password


def log_in_or_complete_reset(services: Services, number: int, customer_id: str, token: str) -> str:
    """Racer 0 sets a new password with a token; the others log in with the old one."""
    if number == 0:
        services.password_reset.complete_reset(token=token, password=NEW_PASSWORD)
        return ""
    return services.sessions.login(customer_id=customer_id, password=PASSWORD).context_id


def prove_address(services: Services, number: int, tokens: list[str]) -> str:
    """Follow the link of each racer's own customer; return the id of the customer."""
    return services.email_verification.complete_verification(token=tokens[number]).customer_id


def prove_or_give_address(services: Services, number: int, tokens: list[str], email: str) -> str:
    """Racer 0 gives the address to a customer, as an admin; the others prove it."""
    if number > 0:
        return prove_address(services, number, tokens)
    services.customers.update_customer("customer-0", actor=OPERATOR, email=email)
    return "customer-0"


def log_in_on_a_new_device(services: Services, number: int, customer_id: str) -> str:
    """Log in without a device token; return the new one."""
    return services.sessions.login(customer_id=customer_id, password=PASSWORD).device_token


def log_in_or_delete(services: Services, number: int, customer_id: str) -> str:
    """Racer 0 deletes the customer; the others log in for a ``context_id``."""
    if number == 0:
        services.customers.delete_customer(customer_id, actor=OPERATOR)
        return ""
    return services.sessions.login(customer_id=customer_id, password=PASSWORD).context_id


def check(services: Services, number: int, context_id: str) -> str:
    """Return the customer_id of the session."""
    return services.sessions.check_session(context_id).customer_id


def log_out_the_same(services: Services, number: int, context_id: str) -> str:
    """End a session, and check at once whether it is still live."""
    ended = outcome(lambda: services.sessions.logout(context_id))
    still = outcome(lambda: services.sessions.check_session(context_id))
    return f"{_name(ended)}, then {_name(still)}"


def log_in_check_out_check(
    services: Services, number: int, customer_id: str, times: int
) -> list[str]:
    """Check each session before its logout and after it."""
    seen: list[str] = []
    for _ in range(times):
        login = services.sessions.login(customer_id=customer_id, password=PASSWORD)
        before = outcome(lambda now=login: services.sessions.check_session(now.context_id))
        services.sessions.logout(login.context_id)
        after = outcome(lambda now=login: services.sessions.check_session(now.context_id))
        seen.append(f"{_name(before)}, then {_name(after)}")
    return seen


def change_everything(services: Services, number: int, customer_id: str, times: int) -> list[str]:
    """Change what all other racers change; return the operations that succeeded."""
    done: list[str] = []
    for turn in range(times):
        text = f"{number}-{turn}"
        for name, call in (
            ("login", lambda: services.sessions.login(customer_id=customer_id, password=PASSWORD)),
            (
                "update_customer",
                lambda text=text: services.customers.update_customer(
                    customer_id, actor=OPERATOR, lname=text
                ),
            ),
            ("end_sessions", lambda: services.sessions.end_sessions(customer_id, actor=OPERATOR)),
        ):
            if not isinstance(outcome(call), type):
                done.append(name)
    return done


def send_again(services: Services, number: int, customer_id: str, version: int) -> int:
    """Send the same request as all other racers, as a caller does that got no answer."""
    return services.customers.update_customer(
        customer_id, actor=OPERATOR, if_version=version, fname="Zoë"
    )


def guess(services: Services, number: int, customer_id: str, times: int) -> int:
    """Try wrong passwords; return how many attempts were admitted."""
    outcomes = [
        outcome(lambda: services.sessions.login(customer_id=customer_id, password=WRONG_PASSWORD))
        for _ in range(times)
    ]
    return outcomes.count(LoginRefusedError)


def guess_or_unlock(services: Services, number: int, customer_id: str, times: int) -> list[str]:
    """Racer 0 unlocks the customer; the others try wrong passwords. Returns what came of it."""
    if number == 0:
        calls = [lambda: services.throttle.unlock(customer_id, actor=OPERATOR)] * times
    else:
        calls = [
            lambda: services.sessions.login(customer_id=customer_id, password=WRONG_PASSWORD)
        ] * times
    return [_name(outcome(call)) for call in calls]


def _name(result: object) -> str:
    return result.__name__ if isinstance(result, type) else type(result).__name__
