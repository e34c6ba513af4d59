"""A policy with statements of another added: no variable becomes plain text on the way, and no text a variable."""

from __future__ import annotations

import json

from passrole.policy.model import Policy
from passrole.policy.parse import parse_policy
from passrole.provision.closing import closed_policy


def document(version: str | None, resource: str) -> Policy:
    value: dict[str, object] = {"Version": version} if version else {}
    value["Statement"] = [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}]
    return parse_policy(json.dumps(value), "policy")


HOME, PLAIN = "arn:aws:s3:::homes/${aws:username}/*", "arn:aws:s3:::plain/*"
NEW = "2012-10-17"


def test_the_version_is_one_in_which_both_keep_their_meaning() -> None:
    for version in (None, "2008-10-17"):
        variable, text = document(NEW, HOME), document(version, HOME)
        raised = closed_policy(document(version, PLAIN), variable.statements, variable)
        assert raised is not None
        assert raised.has_policy_variables
        lowered = closed_policy(document(NEW, PLAIN), text.statements, text)
        assert lowered is not None
        assert not lowered.has_policy_variables


def test_where_the_added_statements_have_no_variable_the_policy_keeps_its_version() -> None:
    plain = document(NEW, PLAIN)
    closed = closed_policy(document("2008-10-17", HOME), plain.statements, plain)
    assert closed is not None
    assert not closed.has_policy_variables


def test_text_and_variables_do_not_come_into_one_document() -> None:
    variable = document(NEW, HOME)
    assert closed_policy(document("2008-10-17", HOME), variable.statements, variable) is None
