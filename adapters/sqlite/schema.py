"""The tables of the file, and its schema version.

Times are microseconds since the epoch. Texts that name a customer are compared byte by byte.
"""

from typing import Final

APPLICATION_ID: Final = 0x43795368
"""Marks the file as this service's in ``PRAGMA application_id``: "CySh"."""

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """CREATE TABLE customer (
            customer_id TEXT PRIMARY KEY,
            email TEXT,
            email_key TEXT,
            email_verified INTEGER NOT NULL,
            profile TEXT NOT NULL,
            roles TEXT NOT NULL,
            password_hash TEXT NOT NULL,
            password_version INTEGER NOT NULL,
            version INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            expires_at INTEGER
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX customer_by_end ON customer (expires_at) WHERE expires_at IS NOT NULL",
        """CREATE TABLE email_guard (
            email_key TEXT PRIMARY KEY,
            customer_id TEXT NOT NULL REFERENCES customer ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX email_guard_by_customer ON email_guard (customer_id)",
        """CREATE TABLE session (
            customer_id TEXT NOT NULL REFERENCES customer ON DELETE CASCADE,
            session_id TEXT NOT NULL,
            issued_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            device TEXT NOT NULL,
            PRIMARY KEY (customer_id, session_id)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX session_by_end ON session (expires_at)",
        """CREATE TABLE revocation (
            customer_id TEXT NOT NULL REFERENCES customer ON DELETE CASCADE,
            session_id TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (customer_id, session_id)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX revocation_by_time ON revocation (at)",
        """CREATE TABLE device (
            customer_id TEXT NOT NULL REFERENCES customer ON DELETE CASCADE,
            device_id TEXT NOT NULL,
            used_at INTEGER NOT NULL,
            PRIMARY KEY (customer_id, device_id)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE one_time_token (
            customer_id TEXT NOT NULL REFERENCES customer ON DELETE CASCADE,
            purpose TEXT NOT NULL,
            token_hash TEXT NOT NULL,
            expires_at INTEGER NOT NULL,
            email TEXT,
            email_key TEXT,
            PRIMARY KEY (customer_id, purpose)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE tombstone (
            customer_id TEXT PRIMARY KEY,
            kept_until INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX tombstone_by_end ON tombstone (kept_until)",
        """CREATE TABLE audit_record (
            customer_id TEXT NOT NULL,
            position TEXT NOT NULL,
            record TEXT NOT NULL,
            expires_at INTEGER NOT NULL,
            PRIMARY KEY (customer_id, position)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX audit_record_by_end ON audit_record (expires_at)",
        """CREATE TABLE session_change (
            position TEXT PRIMARY KEY,
            customer_id TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE login_budget (
            key TEXT PRIMARY KEY,
            full_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX login_budget_by_end ON login_budget (full_at)",
    ),
    (
        """CREATE TABLE registration (
            key_hash TEXT PRIMARY KEY,
            fingerprint TEXT NOT NULL,
            customer_id TEXT NOT NULL,
            version INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX registration_by_end ON registration (expires_at)",
    ),
)
"""The statements that make version n + 1 of version n."""


def newest_version() -> int:
    """The version that this service reads and writes; the file has it as ``user_version``."""
    return len(MIGRATIONS)
