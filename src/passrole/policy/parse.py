"""Policy documents to `Policy` values: everything that is wrong is reported at once, and nothing is guessed.

What is not understood is refused, never skipped: an unknown element, operator or principal may be what makes a Deny
apply. What IAM refuses only for some policy types is not checked here but in `grammar.py`.
Source: IAM User Guide, "Grammar of the IAM JSON policy language"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
"""

from __future__ import annotations

from passrole.errors import Diagnostic, PassroleError, Span
from passrole.policy.json_nodes import JsonArray, JsonMember, JsonObject, JsonText, JsonValue
from passrole.policy.json_quick import read_quickly
from passrole.policy.json_text import read_json
from passrole.policy.json_value import json_from_value
from passrole.policy.late_span import LatePlaces, Recorder
from passrole.policy.model import (
    ActionElement,
    Condition,
    Effect,
    Policy,
    PrincipalElement,
    ResourceElement,
    Statement,
)
from passrole.policy.parse_condition import read_conditions
from passrole.policy.parse_principal import read_principals
from passrole.policy.reading import SYNTAX, Reading, close_name, kind_of


class PolicySyntaxError(PassroleError):
    """A text is no policy; `diagnostics` holds every finding (codes P01xx), in the order of the text."""


def parse_policy(text: str | bytes, source: str = "<policy>") -> Policy:
    """Read a policy document; every part of the result knows its place in `source`.

    Raises PolicySyntaxError with all findings.
    """
    quick = read_quickly(text)
    if quick is not None:
        reading = Reading(source, JsonText(quick, (), LatePlaces(text, source, _places_in)))
        policy = _read_policy(reading, quick)
        if policy is not None and not reading.diagnostics:
            return policy
    # Something is wrong with it: once more, slowly, to say what and where.
    return _policy(read_json(text, source), source)


def _places_in(text: str | bytes, source: str) -> list[Span]:
    """The places of a faultless document, in the order in which reading it asks for them."""
    json = read_json(text, source)
    assert json.root is not None, "it was read before"
    assert json.positions is not None, "it is text"
    recorder = Recorder(json.positions)
    _read_policy(Reading(source, JsonText(json.root, (), recorder)), json.root)
    return recorder.spans


def policy_from_value(value: object, source: str = "<policy>") -> Policy:
    """The same for a document that is parsed JSON already; parts have no place (span None).

    Raises PolicySyntaxError with all findings.
    """
    return _policy(json_from_value(value), source)


def _policy(json: JsonText, source: str) -> Policy:
    reading = Reading(source, json)
    policy = None if json.root is None else _read_policy(reading, json.root)
    if reading.diagnostics or policy is None:
        raise _syntax_error(reading.in_order(), source)
    return policy


def _syntax_error(diagnostics: tuple[Diagnostic, ...], source: str) -> PolicySyntaxError:
    first = diagnostics[0]
    more = f" (and {len(diagnostics) - 1} more)" if len(diagnostics) > 1 else ""
    return PolicySyntaxError(
        f"`{source}` is not a valid policy: {first.message}{more}",
        code=first.code,
        help=first.help,
        see=first.see,
        diagnostics=diagnostics,
    )


# Element names are case-sensitive here: AWS's grammar writes them as literal strings, and no page says that another
# case is accepted. (Whether IAM itself lets `effect` pass is not documented: refusing is the safe guess.)
_POLICY_ELEMENTS = ("Version", "Id", "Statement")
_STATEMENT_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)


def _read_policy(reading: Reading, root: JsonValue) -> Policy | None:
    if not isinstance(root, JsonObject):
        reading.add(
            "P0120",
            f"the document is {kind_of(root)}, not an object",
            root,
            help='write { "Version": "2012-10-17", "Statement": [ … ] }',
        )
        return None
    elements = _elements(reading, root, _POLICY_ELEMENTS, "a policy")
    version = _version(reading, elements.get("Version"))
    policy_id = reading.text_of(elements.get("Id"), "Id")
    statements: list[Statement] = []
    member = elements.get("Statement")
    if member is None:
        reading.add(
            "P0122",
            "the policy has no `Statement`",
            root,
            at_start=True,
            cause="a policy grants or denies through its statements only",
            help='add "Statement": [ { "Effect": "Allow", "Action": "…", "Resource": "…" } ]',
        )
    else:
        # A single statement may stand without its list.
        items = member.value.items if isinstance(member.value, JsonArray) else (member.value,)
        if not items:
            reading.add(
                "P0126",
                "`Statement` is empty",
                member.value,
                help="add a statement, or do not attach the policy",
            )
        for item in items:
            statement = _read_statement(reading, item)
            if statement is not None:
                statements.append(statement)
    return Policy(tuple(statements), version, policy_id, reading.source, reading.span(root))


def _elements(reading: Reading, node: JsonObject, known: tuple[str, ...], owner: str) -> dict[str, JsonMember]:
    """The members by name; the first of several of one name, which the JSON reader has reported."""
    found: dict[str, JsonMember] = {}
    for member in node.members:
        name = member.key.value
        if name in known:
            found.setdefault(name, member)
        else:
            close = close_name(name, known)
            reading.add(
                "P0121",
                f"`{name}` is not an element of {owner}",
                member.key,
                cause=f"{owner} has the elements {', '.join(known)}, in exactly this spelling",
                help=f"write `{close}`" if close else "remove it",
            )
    return found


def _version(reading: Reading, member: JsonMember | None) -> str | None:
    text = reading.text_of(member, "Version")
    if member is not None and text is not None and text not in ("2012-10-17", "2008-10-17"):
        reading.add(
            "P0128",
            f"`{text}` is not a version of the policy language",
            member.value,
            cause="it is the version of the language, not of your document: 2012-10-17, or the older 2008-10-17",
            help='write "Version": "2012-10-17"',
            see="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html",
        )
    return text


def _read_statement(reading: Reading, node: JsonValue) -> Statement | None:
    if not isinstance(node, JsonObject):
        reading.add("P0120", f"a statement is {kind_of(node)}, not an object", node)
        return None
    elements = _elements(reading, node, _STATEMENT_ELEMENTS, "a statement")
    sid = reading.text_of(elements.get("Sid"), "Sid")
    effect = _effect(reading, node, elements.get("Effect"))
    actions = _actions(reading, node, elements)
    resources = _resources(reading, elements)
    principals = _principals(reading, elements)
    conditions: tuple[Condition, ...] = ()
    if "Condition" in elements:
        conditions = read_conditions(reading, elements["Condition"].value)
    if effect is None or actions is None:
        return None
    return Statement(effect, actions, resources, principals, conditions, sid, reading.span(node))


_EFFECTS = {effect.value: effect for effect in Effect}


def _effect(reading: Reading, node: JsonObject, member: JsonMember | None) -> Effect | None:
    see = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_effect.html"
    if member is None:
        reading.add(
            "P0123",
            "the statement has no `Effect`",
            node,
            at_start=True,
            cause="every statement says whether it allows or denies; there is no default",
            help='add "Effect": "Allow" or "Effect": "Deny"',
            see=see,
        )
        return None
    text = reading.text_of(member, "Effect")
    if text is None:
        return None
    if text in _EFFECTS:
        return _EFFECTS[text]
    close = close_name(text, ("Allow", "Deny"))
    # "The Effect value is case sensitive": IAM says it in another sentence than for a word that it does not know.
    other_case = close is not None and close.casefold() == text.casefold()
    reading.add(
        "P0127",
        f"`{text}` is not an effect",
        member.value,
        cause="an effect is `Allow` or `Deny`, in exactly this spelling",
        help=f'write "{close}"' if close else 'write "Allow" or "Deny"',
        see=see,
        aws_message="The policy failed legacy parsing" if other_case else SYNTAX,
    )
    return None


def _actions(reading: Reading, node: JsonObject, elements: dict[str, JsonMember]) -> ActionElement | None:
    member = _one_of(reading, elements, "Action", "NotAction")
    if member is None:
        reading.add(
            "P0124",
            "the statement has neither `Action` nor `NotAction`",
            node,
            at_start=True,
            cause="a statement names the actions that it allows or denies; there is no default",
            help='add "Action": "SERVICE:NAME"',
            see="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html",
            aws_message="Policy statement must contain actions.",
        )
        return None
    name = member.key.value
    values = reading.texts_of(member.value, name, empty_aws_message="Policy statement must contain actions.")
    return ActionElement(name == "NotAction", values)


def _resources(reading: Reading, elements: dict[str, JsonMember]) -> ResourceElement | None:
    member = _one_of(reading, elements, "Resource", "NotResource")
    if member is None:
        return None
    name = member.key.value
    values = reading.texts_of(member.value, name, empty_aws_message="Policy statement must contain resources.")
    return ResourceElement(name == "NotResource", values)


def _principals(reading: Reading, elements: dict[str, JsonMember]) -> PrincipalElement | None:
    member = _one_of(reading, elements, "Principal", "NotPrincipal")
    return None if member is None else read_principals(reading, member)


def _one_of(reading: Reading, elements: dict[str, JsonMember], name: str, not_name: str) -> JsonMember | None:
    """The one that is there of an element and its negation; a statement has at most one of the two."""
    member, negated = elements.get(name), elements.get(not_name)
    if member is not None and negated is not None:
        reading.add(
            "P0125",
            f"the statement has both `{name}` and `{not_name}`",
            negated.key,
            cause=f"`{not_name}` means everything except what it lists, so the two contradict each other",
            help="split the statement in two, one for each element",
        )
    return member or negated
