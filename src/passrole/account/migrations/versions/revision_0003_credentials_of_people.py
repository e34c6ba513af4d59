"""Passwords and their policy, MFA devices, reports, and deletion tasks of service-linked roles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "account_settings",
        _account_key(primary_key=True),
        sa.Column("password_policy", sa.Text),
        sa.Column("credential_report", sa.Text),
        sa.Column("credential_report_at", sa.Integer),
        sa.Column("sts_token_version", sa.Integer, nullable=False),
    )
    op.create_table(
        "login_profiles",
        _entity_key("user_id", primary_key=True),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.Integer, nullable=False),
        sa.Column("reset_required", sa.Integer, nullable=False),
    )
    op.create_table(
        "past_passwords",
        _entity_key("user_id", primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("password", sa.Text, nullable=False),
    )
    op.create_table(
        "mfa_devices",
        _entity_key("device_id", primary_key=True),
        sa.Column("seed", sa.Text, nullable=False),
        _entity_key("user_id", nullable=True),
        sa.Column("enabled_at", sa.Integer),
        sa.Column("drift", sa.Integer, nullable=False),
        sa.Column("last_step", sa.Integer),
    )
    op.create_index("ix_mfa_devices_user_id", "mfa_devices", ["user_id"])
    op.create_table(
        "deletion_tasks",
        sa.Column("id", sa.Text, primary_key=True),
        _account_key(),
        sa.Column("created_at", sa.Integer, nullable=False),
    )
    op.create_table(
        "last_accessed_jobs",
        sa.Column("id", sa.Text, primary_key=True),
        _account_key(),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
    )


def _account_key(*, primary_key: bool = False) -> sa.Column[str]:
    target = sa.ForeignKey("accounts.account_id", ondelete="CASCADE")
    return sa.Column("account_id", sa.Text, target, primary_key=primary_key, nullable=False)


def _entity_key(name: str, *, primary_key: bool = False, nullable: bool = False) -> sa.Column[str]:
    target = sa.ForeignKey("entities.id", ondelete="CASCADE")
    return sa.Column(name, sa.Text, target, primary_key=primary_key, nullable=nullable)
