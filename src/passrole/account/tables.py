"""The tables of an account file: its accounts, their entities with policies and tags, access keys and sessions.

Times are seconds since 1970, documents the text that was handed in. Users, roles, groups, managed policies and
instance profiles share `entities`, so that what IAM does alike for all of them is written once. Several accounts
share every table: names are unique in an account, unique ids and ARNs in the file, and what hangs on an entity belongs
to its account. Who changes a table here adds a revision (ARCHITECTURE.md, "Schema and revisions").
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

SCHEMA_VERSION = "0003"
"""The last revision in `migrations`: raised with every change of these tables. A file with a higher one is refused."""

metadata = MetaData()

# Alembic's own table; a new file is made without Alembic.
schema_version = Table("alembic_version", metadata, Column("version_num", String(32), primary_key=True))

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("partition", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
)


def _account_key(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "account_id",
        Text,
        ForeignKey("accounts.account_id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


account_file = Table(
    "account_file",
    metadata,
    # One row.
    Column("id", Integer, primary_key=True),
    # The account that is meant where none is named: the first, or the organization's management account.
    Column("home_account_id", Text, ForeignKey("accounts.account_id"), nullable=False),
    # Whoever keeps assembled policies compares it before using them (see `generation`). One for all accounts, as the
    # policies of an organization concern all of them.
    Column("generation", Integer, nullable=False),
)

organization = Table(
    "organization",
    metadata,
    # No row, or one.
    Column("id", Integer, primary_key=True),
    # JSON: the organization's ids, its units and accounts, their policies (see `organization_store`).
    Column("document", Text, nullable=False),
)


def _entity_key(name: str, *, primary_key: bool = True) -> Column[str]:
    return Column(name, Text, ForeignKey("entities.id", ondelete="CASCADE"), primary_key=primary_key, nullable=False)


entities = Table(
    "entities",
    metadata,
    Column("id", Text, primary_key=True),
    _account_key(),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("arn", Text, nullable=False, unique=True),
    Column("description", Text),
    Column("boundary_arn", Text, index=True),
    Column("created_at", Integer, nullable=False),
    # Names are not distinguished by case.
    UniqueConstraint("account_id", "kind", "name_key"),
)

entity_counts = Table(
    "entity_counts",
    metadata,
    _account_key(primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("number", Integer, nullable=False),
)

roles = Table(
    "roles",
    metadata,
    _entity_key("role_id"),
    Column("trust_policy", Text, nullable=False),
    Column("max_session_seconds", Integer, nullable=False),
    Column("last_used_at", Integer),
    Column("last_used_region", Text),
)

trust_principals = Table(
    "trust_principals",
    metadata,
    _entity_key("role_id"),
    Column("written", Text, primary_key=True),
    # Not a foreign key: when the entity is deleted, this is what is left of it.
    Column("principal_id", Text, nullable=False),
)

policies = Table(
    "policies",
    metadata,
    _entity_key("policy_id"),
    Column("default_version", Integer, nullable=False),
    Column("last_version", Integer, nullable=False),
    Column("updated_at", Integer, nullable=False),
)

policy_versions = Table(
    "policy_versions",
    metadata,
    _entity_key("policy_id"),
    Column("number", Integer, primary_key=True),
    Column("document", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
)

inline_policies = Table(
    "inline_policies",
    metadata,
    _entity_key("entity_id"),
    Column("name", Text, primary_key=True),
    Column("document", Text, nullable=False),
)

attachments = Table(
    "attachments",
    metadata,
    _entity_key("entity_id"),
    Column("policy_arn", Text, primary_key=True),
    Index("attachments_by_policy", "policy_arn"),
)

memberships = Table("memberships", metadata, _entity_key("group_id"), _entity_key("user_id"))

instance_profile_roles = Table(
    "instance_profile_roles", metadata, _entity_key("instance_profile_id"), _entity_key("role_id")
)

tags = Table(
    "tags",
    metadata,
    _entity_key("entity_id"),
    # What makes two keys the same (see tag_store); `key` has the spelling of the last writer.
    Column("key_key", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
)

access_keys = Table(
    "access_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("entities.id", ondelete="CASCADE"), nullable=False, index=True),
    # SigV4 is verified with the secret itself, so it cannot be kept as a hash; the file is 0600.
    Column("secret", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("last_used_at", Integer),
    Column("last_used_service", Text),
    Column("last_used_region", Text),
)

account_aliases = Table(
    "account_aliases",
    metadata,
    # Unique over all accounts, as at AWS.
    Column("alias", Text, primary_key=True),
    _account_key(),
)

sessions = Table(
    "sessions",
    metadata,
    Column("access_key_id", Text, primary_key=True),
    # The role or user whose session it is; with it go its sessions.
    Column("issuer_id", Text, ForeignKey("entities.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text),
    Column("secret", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("issued_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False, index=True),
    # JSON: session policies, their ARNs, session tags, transitive keys, source identity.
    Column("terms", Text, nullable=False),
)

account_settings = Table(
    "account_settings",
    metadata,
    _account_key(primary_key=True),
    # JSON: the password policy, by the names of the API; null for AWS's default one.
    Column("password_policy", Text),
    Column("credential_report", Text),
    Column("credential_report_at", Integer),
    Column("sts_token_version", Integer, nullable=False),
)

login_profiles = Table(
    "login_profiles",
    metadata,
    _entity_key("user_id"),
    # A hash (see passwords).
    Column("password", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("changed_at", Integer, nullable=False),
    Column("reset_required", Integer, nullable=False),
)

past_passwords = Table(
    "past_passwords",
    metadata,
    _entity_key("user_id"),
    Column("number", Integer, primary_key=True),
    Column("password", Text, nullable=False),
)

mfa_devices = Table(
    "mfa_devices",
    metadata,
    _entity_key("device_id"),
    # Codes are made of the seed itself, so it cannot be kept as a hash; the file is 0600.
    Column("seed", Text, nullable=False),
    Column("user_id", Text, ForeignKey("entities.id", ondelete="CASCADE"), index=True),
    Column("enabled_at", Integer),
    # By how many steps of thirty seconds the device's clock is ahead.
    Column("drift", Integer, nullable=False),
    # The step of the last code that was used: no code works twice.
    Column("last_step", Integer),
)

deletion_tasks = Table(
    "deletion_tasks",
    metadata,
    # `task/aws-service-role/SERVICE/ROLE/UUID`
    Column("id", Text, primary_key=True),
    _account_key(),
    Column("created_at", Integer, nullable=False),
)

last_accessed_jobs = Table(
    "last_accessed_jobs",
    metadata,
    Column("id", Text, primary_key=True),
    _account_key(),
    # The user or role that asked for the report: nobody else may read it.
    Column("asked_by", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    # JSON (see last_accessed).
    Column("report", Text, nullable=False),
)
