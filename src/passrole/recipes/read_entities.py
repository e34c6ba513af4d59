"""Reading of the entities: users, roles, managed policies, instance profiles and what is put on others."""

from __future__ import annotations

from typing import TypedDict

from passrole.recipes.model_documents import Item, Strings
from passrole.recipes.model_entities import (
    ElsewhereTemplate,
    InlineTemplate,
    InstanceProfileTemplate,
    ManagedPolicyTemplate,
    PassRoleTemplate,
    PrincipalTemplate,
    RoleTemplate,
    UserTemplate,
)
from passrole.recipes.placeholders import Template
from passrole.recipes.toml_positions import KeyPath
from passrole.recipes.toml_tables import Table
from passrole.recipes.when import When


def read_user(table: Table) -> UserTemplate:
    return UserTemplate(
        **_common(table),
        name=table.template("name"),
        iam_path=table.template("path", "/"),
        inline=_inline(table),
        attach=_attach(table),
        access_key=table.flag("access_key"),
        for_each=table.optional_text("for_each"),
    )


def read_role(table: Table) -> RoleTemplate:
    return RoleTemplate(
        **_common(table),
        name=table.template("name"),
        iam_path=table.template("path", "/"),
        trust=table.text("trust"),
        inline=_inline(table),
        attach=_attach(table),
        description=table.optional_template("description"),
        max_session_seconds=table.number("max_session_seconds"),
    )


def read_managed_policy(table: Table) -> ManagedPolicyTemplate:
    return ManagedPolicyTemplate(
        **_common(table),
        name=table.template("name"),
        iam_path=table.template("path", "/"),
        policy_id=table.text("policy"),
        description=table.optional_template("description"),
    )


def read_instance_profile(table: Table) -> InstanceProfileTemplate:
    return InstanceProfileTemplate(
        **_common(table),
        name=table.template("name"),
        iam_path=table.template("path", "/"),
        role=table.template("role"),
    )


def read_principal(table: Table) -> PrincipalTemplate:
    return PrincipalTemplate(
        **_common(table), principal=table.template("principal"), inline=_inline(table), attach=_attach(table)
    )


def read_elsewhere(table: Table) -> ElsewhereTemplate:
    return ElsewhereTemplate(
        **_common(table),
        resource=table.template("resource"),
        account=table.optional_template("account"),
        policy_id=table.text("policy"),
    )


def read_pass_role(table: Table) -> PassRoleTemplate:
    return PassRoleTemplate(
        **_common(table),
        role=table.template("role"),
        iam_path=table.template("path", "/"),
        service=table.template("service"),
    )


class _Common(TypedDict):
    path: KeyPath
    reason: Template
    when: When
    repairs: tuple[Item, ...]
    inventory: tuple[str, ...]


def _common(table: Table) -> _Common:
    inline = (row for entry in table.tables("inline") for row in entry.words("inventory"))
    return {
        "path": table.path,
        "reason": table.template("reason"),
        "when": table.when(),
        "repairs": tuple(table.items("repairs")),
        "inventory": (*table.words("inventory"), *inline),
    }


def _inline(table: Table) -> tuple[InlineTemplate, ...]:
    return tuple(
        InlineTemplate(entry.template("name"), entry.text("policy"), entry.when()) for entry in table.tables("inline")
    )


def _attach(table: Table) -> Strings:
    return Strings(tuple(table.items("attach")))
