"""KMS grants: what the grants on a key allow a caller, beside key policy and identity-based policies.

"You can use them to allow access, but not deny it." To whom a grant gives its permissions is read as in a Principal
element, so a permissions boundary or session policy limits what a grant gives to a role; AWS's pages do not say.
Sources: AWS KMS Developer Guide, "Grants in AWS KMS"
<https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>, "Creating grants"
<https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html> and "Retiring and revoking grants"
<https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html>.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from passrole.engine.layers import NOTHING, Finding, Verdict
from passrole.engine.principal_element import Named, PreparedEntry, naming, prepare_entry
from passrole.engine.request import PrincipalType
from passrole.engine.special_actions import KMS_RETIRE_GRANT, asks_key_policy
from passrole.engine.stack import KeyGrant, Unknown
from passrole.engine.statements import Asked
from passrole.engine.truth import Doubt, Truth, all_of, any_of, settle, unknown
from passrole.policy.model import Effect, PolicyType, PrincipalEntry, PrincipalKind, Value

# The constraints on the encryption context are supported on operations that have one; "the constraint doesn't apply"
# to others, such as DescribeKey and RetireGrant.
_WITH_ENCRYPTION_CONTEXT = frozenset(
    f"kms:{name}"
    for name in (
        "decrypt",
        "encrypt",
        "generatedatakey",
        "generatedatakeypair",
        "generatedatakeypairwithoutplaintext",
        "generatedatakeywithoutplaintext",
        "reencryptfrom",
        "reencryptto",
    )
)
_CREATE_GRANT = "kms:creategrant"
_CONTEXT_PREFIX = "kms:encryptioncontext:"

Part = tuple[KeyGrant, Truth, Named]
"""A grant, whether it gives the permission in this request, and whom it gives it to."""


def grants_verdict(grants: tuple[KeyGrant, ...] | Unknown, asked: Asked) -> Verdict | None:
    """What the grants allow; None for a request that no grant concerns."""
    if not grants or not asks_key_policy(asked):
        return None
    if isinstance(grants, Unknown):
        return Verdict(PolicyType.RESOURCE, directly=Finding(unknown(f"grants on the key: {grants.reason}")))
    parts = list(_retiring(grants, asked) if asked.action == KMS_RETIRE_GRANT else _using(grants, asked))
    if asked.action == KMS_RETIRE_GRANT and len(parts) != len(grants):
        # The request is about one grant; which one, only its grant ID would tell.
        doubt = unknown("which of the key's grants is to be retired is not known")
        parts = [(grant, all_of((gives, doubt)), named) for grant, gives, named in parts]
    return Verdict(
        PolicyType.RESOURCE,
        directly=_finding(parts, lambda named: named.itself),
        to_what_is_behind=_finding(parts, lambda named: named.behind),
        to_account=_finding(parts, lambda named: named.account),
    )


def _using(grants: Iterable[KeyGrant], asked: Asked) -> Iterator[Part]:
    for grant in grants:
        if any(f"kms:{operation.lower()}" == asked.action for operation in grant.operations):
            gives = all_of((_context_fits(grant, asked), _source_fits(grant, asked), _child_fits(grant, asked)))
            named = _named(grant.grantee, asked)
            if gives is not False and _is_named(named):
                yield grant, gives, named


def _retiring(grants: Iterable[KeyGrant], asked: Asked) -> Iterator[Part]:
    """The retiring principal may, the grantee if the grant allows RetireGrant, and the account that made the grant."""
    for grant in grants:
        named = [_named(grant.retiring_principal, asked)] if grant.retiring_principal else []
        if "RetireGrant" in grant.operations:
            named.append(_named(grant.grantee, asked))
        if asked.caller.type is PrincipalType.ROOT_USER and asked.caller.arn == grant.issuing_account:
            named.append(Named(itself=True))
        if any(_is_named(each) for each in named):
            yield (
                grant,
                True,
                Named(
                    any_of(each.itself for each in named),
                    any_of(each.behind for each in named),
                    any_of(each.account for each in named),
                ),
            )


def _finding(parts: list[Part], how: Callable[[Named], Truth]) -> Finding:
    doubts: list[Truth] = []
    for grant, gives, named in parts:
        truth = all_of((settle(gives, Effect.ALLOW), settle(how(named), Effect.ALLOW)))
        if truth is True:
            return Finding(True, rule=f"KMS grant {grant.grant_id or f'to {grant.grantee}'}")
        doubts.append(truth)
    truth = any_of(doubts)
    return Finding(truth) if isinstance(truth, Doubt) else NOTHING


def _is_named(named: Named) -> bool:
    return (named.itself, named.behind, named.account) != (False, False, False)


def _named(principal: str, asked: Asked) -> Named:
    return naming((_entry(principal),), asked.caller)


@lru_cache(maxsize=1024)
def _entry(principal: str) -> PreparedEntry:
    kind = PrincipalKind.AWS if principal.startswith(("arn:", "AIDA", "AROA")) else PrincipalKind.SERVICE
    return prepare_entry(PrincipalEntry(kind, Value(principal)))


def _context_fits(grant: KeyGrant, asked: Asked) -> Truth:
    if asked.action not in _WITH_ENCRYPTION_CONTEXT:
        return True
    pairs = {
        key[len(_CONTEXT_PREFIX) :]: value
        for key, value in asked.request.context.items()
        if key.lower().startswith(_CONTEXT_PREFIX)
    }
    return all_of(
        (
            True if grant.context_subset is None else _holds(grant.context_subset, pairs, asked),
            True
            if grant.context_equals is None
            else all_of(
                (_holds(grant.context_equals, pairs, asked), _nothing_else(grant.context_equals, pairs, asked))
            ),
        )
    )


def _holds(wanted: Mapping[str, str], pairs: Mapping[str, object], asked: Asked) -> Truth:
    """Both sides case-sensitive. (One page calls the names of pairs case-insensitive: that would allow more.)"""
    missing = [name for name in wanted if name not in pairs]
    if any(pairs.get(name) != value for name, value in wanted.items() if name in pairs):
        return False
    return _unless_unknown(asked) if missing else True


def _nothing_else(wanted: Mapping[str, str], pairs: Mapping[str, object], asked: Asked) -> Truth:
    if any(name not in wanted for name in pairs):
        return False
    return negated if isinstance(negated := _unless_unknown(asked), Doubt) else True


def _unless_unknown(asked: Asked) -> Truth:
    """False, or a doubt where pairs of the encryption context may be there of which nothing is known."""
    if asked.context.may_hold_more(_CONTEXT_PREFIX):
        return unknown("the encryption context is not known")
    return False


def _source_fits(grant: KeyGrant, asked: Asked) -> Truth:
    """This constraint is "effectively the same as having the aws:SourceArn global condition key in the grant"."""
    if grant.source_arn is None:
        return True
    seen = asked.context.get("aws:sourcearn")
    return seen if isinstance(seen, Doubt) else seen == grant.source_arn


def _child_fits(grant: KeyGrant, asked: Asked) -> Truth:
    """A grant made by a grant must be as narrow: its operations are known from the request, its constraints not."""
    if asked.action != _CREATE_GRANT:
        return True
    seen = asked.context.get("kms:grantoperations")
    if seen is None or isinstance(seen, Doubt):
        return unknown("the operations of the grant to be made are not known (kms:GrantOperations)")
    operations = (seen,) if isinstance(seen, str) else seen
    if not grant.operations.issuperset(operations):
        return False
    if grant.context_equals is None and grant.context_subset is None and grant.source_arn is None:
        return True
    return unknown("whether the grant to be made is as narrow as the grant that allows it is not known")
