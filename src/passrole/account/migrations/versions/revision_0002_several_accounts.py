"""Several accounts in one file, and an organization over them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _add_accounts()
    _rebuild(
        "entities",
        sa.Column("id", sa.Text, primary_key=True),
        _account_key(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("arn", sa.Text, nullable=False, unique=True),
        sa.Column("description", sa.Text),
        sa.Column("boundary_arn", sa.Text),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.UniqueConstraint("account_id", "kind", "name_key"),
    )
    op.create_index("ix_entities_boundary_arn", "entities", ["boundary_arn"])
    _rebuild(
        "entity_counts",
        _account_key(primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
    _rebuild("account_aliases", sa.Column("alias", sa.Text, primary_key=True), _account_key())
    op.drop_table("account")


def _add_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("partition", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
    )
    op.create_table(
        "account_file",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("home_account_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
    )
    op.create_table(
        "organization",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.execute(
        "INSERT INTO accounts (account_id, partition, created_at) SELECT account_id, partition, created_at FROM account"
    )
    op.execute(
        "INSERT INTO account_file (id, home_account_id, generation) SELECT 1, account_id, generation + 1 FROM account"
    )


def _account_key(*, primary_key: bool = False) -> sa.Column[str]:
    target = sa.ForeignKey("accounts.account_id", ondelete="CASCADE")
    return sa.Column("account_id", sa.Text, target, primary_key=primary_key, nullable=False)


def _rebuild(name: str, *parts: sa.schema.SchemaItem) -> None:
    """Make the table anew with these parts; every row gets the file's one account.

    SQLite changes no constraint of a table that is there. Foreign keys are off during a migration, so that the rows
    that belong to those of the old table stay. Source: SQLite, "ALTER TABLE", making other kinds of schema changes
    <https://www.sqlite.org/lang_altertable.html#otheralter>
    """
    made = op.create_table(f"new_{name}", *parts)
    kept = ", ".join(column.name for column in made.columns if column.name != "account_id")
    op.execute(
        f"INSERT INTO new_{name} (account_id, {kept}) "  # noqa: S608 (names of this file)
        f"SELECT (SELECT account_id FROM account), {kept} FROM {name}"
    )
    op.drop_table(name)
    op.rename_table(f"new_{name}", name)
