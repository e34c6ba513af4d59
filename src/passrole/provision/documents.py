"""Policy documents as provisioning reads and compares them: JSON values, statement by statement, by their meaning."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from passrole.policy.model import Statement
from passrole.policy.normal import policies_equal_in_meaning_of_text, statement_normal_form
from passrole.policy.parse import PolicySyntaxError, parse_policy, policy_from_value
from passrole.recipes.desired import Json

CURRENT_VERSION = "2012-10-17"

Meaning: TypeAlias = Hashable


@dataclass(frozen=True, slots=True)
class Meanings:
    """The meaning of statements in one document: of a version that has policy `variables`, in `partition`."""

    variables: bool
    partition: str

    def of(self, body: Json) -> Meaning:
        """Equal values mean the same; a statement that passrole does not understand equals only its own text."""
        statement = parsed_statement(body, variables=self.variables)
        if statement is None:
            return json.dumps(body, sort_keys=True)
        form = statement_normal_form(statement, partition=self.partition)
        return form, self.variables if has_variable(body) else None


def parsed_statement(body: Json, *, variables: bool = True) -> Statement | None:
    """The statement, or None for one that IAM took and passrole does not understand."""
    document = {"Version": CURRENT_VERSION if variables else "2008-10-17", "Statement": [body]}
    try:
        return policy_from_value(document).statements[0]
    except PolicySyntaxError:
        return None


def read_document(text: str | None) -> dict[str, Json] | str | None:
    """The document, None for none, or a text that says why it cannot be read."""
    if text is None:
        return None
    try:
        document = json.loads(text)
    except ValueError:
        return "the document is not JSON"
    if not isinstance(document, dict) or not all(isinstance(each, dict) for each in statements_of(document)):
        return "the document is not a policy"
    return document


def statements_of(document: Mapping[str, Json] | None) -> list[Json]:
    """The statements, of which IAM allows a single one without a list."""
    statements = (document or {}).get("Statement", [])
    return statements if isinstance(statements, list) else [statements]


def has_variable(body: Json) -> bool:
    return "${" in json.dumps(body)


def document_json(document: Json) -> str:
    """The text that is sent to IAM; people read it in the console, so it has lines."""
    return json.dumps(document, indent=4)


def same_meaning(first: str, second: str, partition: str) -> bool:
    """Whether two document texts mean the same; texts that are no policies must be the same text."""
    try:
        one, other = parse_policy(first), parse_policy(second)
    except PolicySyntaxError:
        return first == second
    return policies_equal_in_meaning_of_text(one, other, partition=partition)
