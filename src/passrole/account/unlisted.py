"""Whom a resource's policies let in without naming them one by one: other accounts, everyone, whoever is not excepted.

`who_can` asks for principals, and of these nobody knows which there are. Whether any of them may get in is asked of a
user of whom nothing is known but, where a statement names it, the account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from passrole.account.asking import NO_CONTEXT, PLAIN, Circumstances, PrincipalTags, question_of
from passrole.account.compiled_account import NOTHING_BESIDE, Beside, whole_stack
from passrole.account.snapshot import AccountSnapshot
from passrole.account.who import stack_for
from passrole.engine.decision import Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.request import ContextValue, Principal, PrincipalType
from passrole.engine.stack import AttachedPolicy, Known, Layer, Unknown
from passrole.policy.arn import ACCOUNT_ID, account_in
from passrole.policy.model import Effect, PrincipalKind, Statement

_OF_A_USER = frozenset({"aws:PrincipalArn", "aws:PrincipalType", "aws:userid", "aws:username"})
_OF_AN_ACCOUNT = frozenset({"aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"})
_NO_TAGS_KNOWN = PrincipalTags({}, False)
_SOME_ACCOUNTS = ("000000000000", "999999999999")
_POSSIBLE = (Outcome.ALLOWED, Outcome.UNDECIDED)


def unlisted(
    snapshot: AccountSnapshot,
    action: str,
    resource: str,
    *,
    context: Mapping[str, ContextValue] = NO_CONTEXT,
    resource_layer: Layer = Known(),  # noqa: B008 (frozen)
    circumstances: Circumstances = PLAIN,
    beside: Beside = NOTHING_BESIDE,
) -> tuple[str, ...]:
    """A sentence for each group of callers from other accounts that may get in; none where the policies let none in.

    The arguments are those of `who_can`.
    """
    if isinstance(resource_layer, Unknown):
        return (f"who else may come in from other accounts is not known: {resource_layer.reason}",)

    def may(account: str, attached: AttachedPolicy, statement: Statement, unknown: frozenset[str]) -> bool:
        # Its own Allow alone and every Deny: what another statement lets in is told of that one.
        denies = tuple(each for each in attached.policy.statements if each.effect is Effect.DENY)
        alone = replace(attached, policy=replace(attached.policy, statements=(statement, *denies)))
        others = tuple(_denying(each) for each in resource_layer.policies if each is not attached)
        user = Principal(PrincipalType.USER, f"arn:{snapshot.partition}:iam::{account}:user/somebody", account)
        said = replace(circumstances, unknown_keys=circumstances.unknown_keys | unknown)
        request = question_of(snapshot, action, resource, context, said).asked_by(user, _NO_TAGS_KNOWN)
        stack = whole_stack(stack_for(snapshot, user, resource_layer=Known((alone, *others))), beside)
        return evaluate(request, stack).outcome in _POSSIBLE

    owner = circumstances.resource_account or account_in(resource) or snapshot.account_id
    someone = next(account for account in _SOME_ACCOUNTS if account not in (owner, snapshot.account_id))
    found: dict[str, None] = {}
    for attached, statement in _allows(resource_layer):
        for account in _accounts_named(statement):
            if account != snapshot.account_id and may(account, attached, statement, _OF_A_USER):
                found[f"principals of account {account} may come in as far as their own policies let them"] = None
        if _is_open(statement) and may(someone, attached, statement, _OF_A_USER | _OF_AN_ACCOUNT):
            names = f"{attached.name} names everyone (`*`), or all but some"
            found[f"{names}: principals of other accounts may come in as far as their own policies let them"] = None
    return tuple(found)


def _allows(layer: Known) -> Iterator[tuple[AttachedPolicy, Statement]]:
    for attached in layer.policies:
        for statement in attached.policy.statements:
            if statement.effect is Effect.ALLOW and statement.principals is not None:
                yield attached, statement


def _denying(attached: AttachedPolicy) -> AttachedPolicy:
    denies = tuple(each for each in attached.policy.statements if each.effect is Effect.DENY)
    return replace(attached, policy=replace(attached.policy, statements=denies))


def _is_open(statement: Statement) -> bool:
    element = statement.principals
    return element is not None and (element.negated or any(entry.value.text == "*" for entry in element.entries))


def _accounts_named(statement: Statement) -> Iterator[str]:
    element = statement.principals
    if element is None or element.negated:
        return
    for entry in element.entries:
        text = entry.value.text
        account = text if ACCOUNT_ID.fullmatch(text) else account_in(text) if text.endswith(":root") else None
        if entry.kind is PrincipalKind.AWS and account is not None:
            yield account
