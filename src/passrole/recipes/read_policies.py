"""Reading of `[[policies]]`: documents as templates, statement by statement."""

from __future__ import annotations

from collections.abc import Mapping

from passrole.policy.model import PolicyType
from passrole.recipes.model_documents import PolicyTemplate, SourceReference, StatementTemplate, Strings
from passrole.recipes.toml_tables import Table

POLICY_TYPES = {"identity": PolicyType.IDENTITY, "trust": PolicyType.TRUST, "resource": PolicyType.RESOURCE}
"""The word of a recipe file, and the type it names."""


def read_policy(table: Table) -> PolicyTemplate:
    return PolicyTemplate(
        id=table.text("id"),
        type=POLICY_TYPES.get(table.text("type"), PolicyType.IDENTITY),
        title=table.template("title"),
        statements=tuple(_statement(inner) for inner in table.tables("statements")),
        inventory=table.words("inventory"),
    )


def _statement(table: Table) -> StatementTemplate:
    negated_action = table.strings("not_action")
    negated_resource = table.strings("not_resource")
    return StatementTemplate(
        id=table.text("id"),
        effect=table.text("effect", "Allow"),
        actions=negated_action or table.strings("action") or Strings(()),
        not_action=negated_action is not None,
        resources=negated_resource or table.strings("resource"),
        not_resource=negated_resource is not None,
        principals=_principals(table),
        conditions={
            operator: {keys.parse(key, key): keys.strings(key) or Strings(()) for key in keys.value}
            for operator, keys in table.named("condition")
        },
        sid=table.optional_template("sid"),
        reason=table.template("reason"),
        source=table.source() or SourceReference(""),
        when=table.when(),
        keep=table.optional_template("keep"),
        keep_actions={key: table.inner("keep_actions").template(key) for key in table.inner("keep_actions").value},
        repairs=tuple(table.items("repairs")),
        inventory=table.words("inventory"),
    )


def _principals(table: Table) -> Mapping[str, Strings] | None:
    value = table.value.get("principal")
    if value is None:
        return None
    if isinstance(value, str):
        return {"*": table.strings("principal") or Strings(())}
    kinds = table.inner("principal")
    return {kind: kinds.strings(kind) or Strings(()) for kind in kinds.value}
