"""The app's role sees its own business's row and its own people, and nothing of what they sign in with."""

from __future__ import annotations

from alembic import op

from app.core.db import guards
from app.core.db.roles import APP_ROLE, FINDER_ROLE, SYSTEM_ROLE

revision = "0084"
down_revision = "0072"
branch_labels = None
depends_on = None

SIGNED_IN_WITH = ("portal_sessions", "totp_secrets", "recovery_codes", "passkeys", "used_challenges")
FINDER = "bursar_find_products(text, text, uuid, timestamptz, uuid, int, boolean)"
FOUND_IN = ("products", "skus", "product_categories")
# Whoever has, or had, a seat at the business or visited it: their names stand in its lists and its audit log.
OF_THE_TEAM = " OR ".join(
    f"EXISTS (SELECT FROM {table} t WHERE t.business_id = current_business AND t.person_id = persons.id)"
    for table in ("memberships", "visits")
)


def upgrade() -> None:
    for statement in (
        *(f"REVOKE SELECT ON {table} FROM {APP_ROLE}" for table in (*SIGNED_IN_WITH, "persons")),
        f"GRANT SELECT (id, email, name, is_operator, created_at) ON persons TO {APP_ROLE}",
        *guards.seen_where("businesses", "id = current_business"),
        *guards.seen_where("persons", OF_THE_TEAM),
        *guards.roles(FINDER_ROLE),
        *guards.found_by(FINDER, *FOUND_IN),
    ):
        op.execute(statement)


def downgrade() -> None:
    for statement in (
        f"GRANT CREATE ON SCHEMA public TO {SYSTEM_ROLE}",
        f"ALTER FUNCTION {FINDER} OWNER TO {SYSTEM_ROLE}",
        f"REVOKE CREATE ON SCHEMA public FROM {SYSTEM_ROLE}",
        *(f"DROP POLICY finder ON {table}" for table in FOUND_IN),
        *(f"REVOKE SELECT ON {table} FROM {FINDER_ROLE}" for table in FOUND_IN),
        *(f"DROP POLICY {name} ON {table}" for table in ("businesses", "persons") for name in _POLICIES),
        *(
            f"ALTER TABLE {table} {off} ROW LEVEL SECURITY"
            for table in ("businesses", "persons")
            for off in ("NO FORCE", "DISABLE")
        ),
        *(f"GRANT SELECT ON {table} TO {APP_ROLE}" for table in (*SIGNED_IN_WITH, "persons")),
    ):
        op.execute(statement)


_POLICIES = ("of_this_business", "every_row")
