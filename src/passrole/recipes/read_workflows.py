"""Reading of actors, fragments and workflows: who calls what when the service is used."""

from __future__ import annotations

from passrole.recipes.model_documents import Strings
from passrole.recipes.model_workflows import ActorTemplate, Include, StepTemplate, WorkflowTemplate
from passrole.recipes.toml_tables import Table
from passrole.recipes.workflow import StepKind


def read_actor(name: str, table: Table) -> ActorTemplate:
    return ActorTemplate(
        name=name,
        principal=table.optional_template("principal"),
        or_policies=table.words("or_policies"),
        user=table.optional_template("user"),
        role=table.optional_template("role"),
        session_name=table.optional_template("session_name"),
        service=table.optional_template("service"),
        outside=table.optional_template("outside"),
        for_each=table.optional_text("for_each"),
    )


def read_workflow(table: Table) -> WorkflowTemplate:
    return WorkflowTemplate(
        id=table.text("id"),
        title=table.template("title"),
        steps=read_steps(table),
        path=table.path,
        source=table.source(),
        notes=tuple(table.items("notes")),
        for_each=table.optional_text("for_each"),
        when=table.when(),
        inventory=table.words("inventory"),
    )


def read_steps(table: Table) -> tuple[StepTemplate | Include, ...]:
    """The steps of a workflow or a fragment."""
    return tuple(_step(inner) for inner in table.tables("steps"))


def _step(table: Table) -> StepTemplate | Include:
    include = table.optional_text("include")
    if include is not None:
        return Include(table.path, include, table.when())
    kind = table.text("kind", "call")
    kinds = {one.value: one for one in StepKind}
    context = table.inner("context")
    return StepTemplate(
        path=table.path,
        kind=kinds.get(kind, StepKind.CALL),
        actor=table.text("actor"),
        action=table.text("action", "sts:AssumeRole" if kind == "assume" else ""),
        resources=table.strings("resource") or Strings(()),
        role=table.optional_template("role"),
        context={key: context.strings(key) or Strings(()) for key in context.value},
        evidence=table.text("evidence", "inferred"),
        why=table.optional_template("why"),
        on_deny=table.words("on_deny"),
        only_if=table.optional_text("only_if"),
        denial_tolerated=table.flag("denial_tolerated"),
        when=table.when(),
    )
