"""fastapi-users: its dependency ``current_user``, with tokens in a dict, in SQLite, and as JWT.

The dependency is called with the parts that FastAPI would make for each request: a database
session, a user database, a user manager and a strategy. FastAPI's own work of finding them is left
out.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import HTTPException
from fastapi_users import BaseUserManager, FastAPIUsers
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users.authentication.strategy import AccessTokenDatabase, DatabaseStrategy, Strategy
from fastapi_users.db import BaseUserDatabase
from fastapi_users_db_sqlalchemy import SQLAlchemyBaseUserTable, SQLAlchemyUserDatabase
from fastapi_users_db_sqlalchemy.access_token import (
    SQLAlchemyAccessTokenDatabase,
    SQLAlchemyBaseAccessTokenTable,
)
from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from system import CUSTOMERS, SECRET, TOKEN_SECONDS, Answer, Prepared


@dataclass
class Parts:
    """What a request is given."""

    users: "Users"
    strategy: Strategy[Any, str]
    add: Callable[[dict[str, Any]], Any]
    """Adds a user."""


PartsOfARequest = Callable[[], AbstractAsyncContextManager[Parts]]


class Users(BaseUserManager[Any, str]):
    """The user manager. Users have the ids of customers."""

    def parse_id(self, value: Any) -> str:  # noqa: ANN401
        return str(value)


class Base(DeclarativeBase):
    """The tables."""


class User(SQLAlchemyBaseUserTable[str], Base):
    """A user with roles."""

    id: Mapped[str] = mapped_column(primary_key=True)
    roles: Mapped[str]


class AccessToken(SQLAlchemyBaseAccessTokenTable[str], Base):
    """A token that ends with its row."""

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="cascade"))


@dataclass
class DictUser:
    """A user in a dict."""

    id: str
    email: str
    hashed_password: str
    roles: str
    is_active: bool = True
    is_superuser: bool = False
    is_verified: bool = True


@dataclass
class DictToken:
    """A token in a dict."""

    token: str
    user_id: str
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class DictUsers(BaseUserDatabase[DictUser, str]):
    """The user database in a dict."""

    def __init__(self, rows: dict[str, DictUser]) -> None:
        self._rows = rows

    async def get(self, id: str) -> DictUser | None:  # noqa: A002
        return self._rows.get(id)

    async def create(self, create_dict: dict[str, Any]) -> DictUser:
        user = DictUser(**create_dict)
        self._rows[user.id] = user
        return user


class DictTokens(AccessTokenDatabase[DictToken]):
    """The token database in a dict."""

    def __init__(self, rows: dict[str, DictToken]) -> None:
        self._rows = rows

    async def get_by_token(self, token: str, max_age: datetime | None = None) -> DictToken | None:
        row = self._rows.get(token)
        return None if row is None or (max_age and row.created_at < max_age) else row

    async def create(self, create_dict: dict[str, Any]) -> DictToken:
        row = DictToken(**create_dict)
        self._rows[row.token] = row
        return row

    async def update(self, access_token: DictToken, update_dict: dict[str, Any]) -> DictToken:
        vars(access_token).update(update_dict)
        return access_token

    async def delete(self, access_token: DictToken) -> None:
        del self._rows[access_token.token]


def in_dict(_folder: Path) -> Prepared:
    """Tokens and users in a dict."""
    users: dict[str, DictUser] = {}
    tokens: dict[str, DictToken] = {}

    @asynccontextmanager
    async def parts() -> Any:  # noqa: ANN401
        database = DictUsers(users)
        strategy = DatabaseStrategy(DictTokens(tokens), lifetime_seconds=TOKEN_SECONDS)
        yield Parts(Users(database), strategy, database.create)

    return _prepared(asyncio.Runner(), parts)


def on_sqlite(folder: Path) -> Prepared:
    """Tokens and users in SQLite."""
    return _on_sqlite(
        folder,
        lambda session: DatabaseStrategy(
            SQLAlchemyAccessTokenDatabase(session, AccessToken), lifetime_seconds=TOKEN_SECONDS
        ),
    )


def jwt_and_sqlite(folder: Path) -> Prepared:
    """The token is a JWT (HS256), and its user is in SQLite."""
    return _on_sqlite(folder, lambda _: JWTStrategy(SECRET, lifetime_seconds=TOKEN_SECONDS))


def _on_sqlite(
    folder: Path, make_strategy: Callable[[AsyncSession], Strategy[Any, str]]
) -> Prepared:
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'users.db'}")
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    runner = asyncio.Runner()

    async def create_tables() -> None:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    @asynccontextmanager
    async def parts() -> Any:  # noqa: ANN401
        async with sessions() as session:
            database = SQLAlchemyUserDatabase(session, User)
            yield Parts(Users(database), make_strategy(session), database.create)

    runner.run(create_tables())
    return _prepared(runner, parts)


def _prepared(runner: asyncio.Runner, parts: PartsOfARequest) -> Prepared:
    backend = AuthenticationBackend[Any, str](
        name="own", transport=BearerTransport("login"), get_strategy=lambda: None
    )
    current_user = FastAPIUsers[Any, str](lambda: None, [backend]).current_user(active=True)

    async def open_session(customer_id: str, roles: frozenset[str]) -> str:
        async with parts() as its:
            user = await its.add(
                {
                    "id": customer_id,
                    "email": f"{customer_id}@shop.example",
                    "hashed_password": "",
                    "roles": " ".join(roles),
                }
            )
            return await its.strategy.write_token(user)

    async def check(token: str) -> Answer | None:
        async with parts() as its:
            try:
                user = await current_user(
                    user_manager=its.users, own=token, strategy_own=its.strategy
                )
            except HTTPException:
                return None
            return user.id, frozenset(user.roles.split())

    async def log_out(token: str) -> None:
        async with parts() as its:
            user = await current_user(user_manager=its.users, own=token, strategy_own=its.strategy)
            await backend.logout(its.strategy, user, token)

    tokens = {
        customer_id: runner.run(open_session(customer_id, roles))
        for customer_id, roles in CUSTOMERS.items()
    }
    return Prepared(tokens, check, lambda token: runner.run(log_out(token)), runner)
