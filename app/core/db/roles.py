"""The roles of the database, and the logins that may become them.

A transaction runs as `bursar_app` (one business) or `bursar_system` (the named phases that cross businesses). Each has
a login of its own, which owns nothing, inherits nothing and may become that one role. The owner of the tables is a
third login, used by `flask db` and by backups alone.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict

APP_ROLE, SYSTEM_ROLE = "bursar_app", "bursar_system"
# Owns the function that looks for products in all businesses' names; nobody logs in as it or may become it.
FINDER_ROLE = "bursar_finder"
# Runs the function that erases a buyer, likewise (see erasing).
ERASER_ROLE = "bursar_eraser"


class NotAllowed(RuntimeError):
    """The logins cannot be made; the message says what to do."""


def make_role(connection: Connection[Any], role: str, *, owner: str) -> None:
    """Make a role that cannot log in, unless it is there; `owner` may become it and grant it to others."""
    if not _exists(connection, role):
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    connection.execute(sql.SQL("GRANT {} TO {} WITH ADMIN OPTION").format(sql.Identifier(role), sql.Identifier(owner)))


def make_login(connection: Connection[Any], login: str, roles: tuple[str, ...], *, password: str | None = None) -> None:
    """Make a login that may become `roles` and nothing else, or give the one that is there these powers. The password
    reaches the server, and its log, as a hash only."""
    name = sql.Identifier(login)
    if not _exists(connection, login):
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(name))
    for other in _memberships(connection, login) - set(roles):
        connection.execute(sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(other), name))
    for role in roles:
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), name))
    if password:
        sealed = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(sealed)))


def make_logins(owner: str, *, app: str, system: str) -> list[str]:
    """Make the logins that the addresses `app` and `system` name, with the passwords in there, as the owner of the
    tables (all three are SQLAlchemy's); their names. One login for both may become both roles.

    Raises:
        NotAllowed: the owner may make no roles, or would lose its own powers; what an administrator runs instead.
    """
    first, second, owns = (conninfo_to_dict(plain(address)) for address in (app, system, owner))
    logins: dict[str, tuple[str, ...]] = {str(first.get("user")): (APP_ROLE,)}
    logins[str(second.get("user"))] = (*logins.get(str(second.get("user")), ()), SYSTEM_ROLE)
    passwords = {str(each.get("user")): each.get("password") for each in (first, second)}
    if str(owns.get("user")) in logins:
        raise NotAllowed(
            "DATABASE_URL, or DATABASE_SYSTEM_URL, names the owner of the tables. Give each a login of its own, and the"
            " owner in DATABASE_OWNER_URL; then run this again."
        )
    try:
        # Each statement on its own: who holds one role's lock while it waits for another's can meet a migration that
        # takes them in the other order. What was stopped is done again by the next call.
        with psycopg.connect(plain(owner), connect_timeout=10, autocommit=True) as connection:
            for login, roles in logins.items():
                made = passwords[login]
                make_login(connection, login, roles, password=str(made) if made else None)
    except psycopg.errors.InsufficientPrivilege as error:
        raise NotAllowed(
            "The owner may make no roles. An administrator of the database can, with these statements (add the"
            " passwords):\n" + "\n".join(line for each in logins.items() for line in _statements(*each))
        ) from error
    return list(logins)


def plain(url: str) -> str:
    """SQLAlchemy's address as libpq reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _statements(login: str, roles: tuple[str, ...]) -> list[str]:
    return [f'CREATE ROLE "{login}" LOGIN NOINHERIT;', f'GRANT {", ".join(roles)} TO "{login}";']


def _exists(connection: Connection[Any], role: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None


def _memberships(connection: Connection[Any], login: str) -> set[str]:
    found = connection.execute(
        "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
        " JOIN pg_roles l ON l.oid = m.member WHERE l.rolname = %s",
        [login],
    )
    return {name for (name,) in found.fetchall()}
