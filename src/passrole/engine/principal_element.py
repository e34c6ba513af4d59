"""The Principal and NotPrincipal elements: whom they name, and how directly.

How directly matters: what a resource-based policy grants to a user or a session is not limited by a permissions
boundary or session policy, what it grants to a role is, and what it grants to an account is for the account's
identity-based policies to hand on.
Sources: IAM User Guide, "AWS JSON policy elements: Principal"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>, "NotPrincipal"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import assert_never

from passrole.engine.caller import Caller
from passrole.engine.principals import ROLE_SESSIONS
from passrole.engine.request import PrincipalType
from passrole.engine.truth import Doubt, Truth, all_of, any_of, negation, not_understood, unknown
from passrole.policy.arn import ACCOUNT_ID, Arn, ArnError
from passrole.policy.model import Effect, PrincipalElement, PrincipalEntry, PrincipalKind

# INVARIANT: a stored policy names a deleted user or role by unique ID, so an ID never matches by name.
_UNIQUE_ID = re.compile(r"A(?:IDA|ROA)[A-Z0-9]{8,}")


@dataclass(frozen=True, slots=True)
class Named:
    """How far an element names the caller."""

    itself: Truth = False
    """The user, the session, the service; everyone; the account, for its root user."""
    behind: Truth = False
    """What the session comes from: its role, the user who federated, the identity provider."""
    account: Truth = False
    unclear: Truth = False
    """A doubt when the element has entries that are not understood."""

    def anyhow(self) -> Truth:
        return any_of((self.itself, self.behind, self.account, self.unclear))

    def nohow(self) -> Truth:
        return all_of(negation(truth) for truth in (self.itself, self.behind, self.account, self.unclear))


NOT_NAMED = Named()


@dataclass(frozen=True, slots=True)
class PreparedEntry:
    kind: PrincipalKind
    text: str
    arn: Arn | None
    """Of an AWS entry that is an ARN."""
    unclear: Doubt | None


def prepare_entry(entry: PrincipalEntry) -> PreparedEntry:
    kind, text = entry.kind, entry.value.text
    arn: Arn | None = None
    unclear: Doubt | None = None
    if kind is PrincipalKind.EVERYONE and text != "*":
        unclear = not_understood(f"the principal `{text}` has no kind")
    elif kind is PrincipalKind.CANONICAL_USER:
        unclear = not_understood("whom a canonical user ID means is not known here")
    elif text != "*" and set("*?") & set(text):
        unclear = not_understood(f"a principal takes no wildcard, as in `{text}`")
    elif text == "*" and kind in (PrincipalKind.SERVICE, PrincipalKind.FEDERATED):
        unclear = not_understood(f"`*` has no documented meaning under {kind.value}")
    elif kind is PrincipalKind.AWS and not (text == "*" or ACCOUNT_ID.fullmatch(text) or _UNIQUE_ID.fullmatch(text)):
        try:
            arn = Arn.parse(text)
        except ArnError:
            unclear = not_understood(f"`{text}` is no principal of kind AWS")
    return PreparedEntry(kind, text, arn, unclear)


def naming(entries: tuple[PreparedEntry, ...], caller: Caller) -> Named:
    """How far a list of entries names the caller; several entries are an OR."""
    if len(entries) == 1:
        return _entry_names(entries[0], caller)
    each = [_entry_names(entry, caller) for entry in entries]
    return Named(
        any_of(named.itself for named in each),
        any_of(named.behind for named in each),
        any_of(named.account for named in each),
        any_of(named.unclear for named in each),
    )


def _entry_names(entry: PreparedEntry, caller: Caller) -> Named:
    if entry.unclear is not None:
        return Named(unclear=entry.unclear)
    match entry.kind:
        case PrincipalKind.EVERYONE:
            return Named(itself=True)
        case PrincipalKind.SERVICE:
            return Named(itself=caller.type is PrincipalType.SERVICE and entry.text == caller.arn)
        case PrincipalKind.FEDERATED:
            return _provider_names(entry.text, caller)
        case PrincipalKind.AWS:
            return _aws_entry_names(entry, caller)
        case PrincipalKind.CANONICAL_USER:
            raise AssertionError("an entry of this kind is unclear")
        case _:
            assert_never(entry.kind)


def _provider_names(text: str, caller: Caller) -> Named:
    # "OIDC federated principals are not supported in policy types other than role trust policies": a session that came
    # of a token is no longer a caller with one. What an evaluation makes of the entry all the same is written nowhere.
    if text != caller.principal.identity_provider:
        return NOT_NAMED
    if not caller.has_token:
        return Named(unclear=not_understood("an identity provider is a principal of role trust policies only"))
    return Named(behind=True)


def _aws_entry_names(entry: PreparedEntry, caller: Caller) -> Named:
    text, arn = entry.text, entry.arn
    if text == "*":
        # For resource-based policies "Principal": "*" and "Principal": {"AWS": "*"} are equivalent.
        return Named(itself=True)
    if caller.type in (PrincipalType.ANONYMOUS, PrincipalType.SERVICE):
        return NOT_NAMED
    if arn is None:
        return _account_named(text, caller) if ACCOUNT_ID.fullmatch(text) else _id_names(text, caller)
    if arn.service == "iam" and arn.resource == "root":
        # The ARN of an account is not limited to its root user. Account IDs are not shared by partitions.
        return _account_named(arn.account, caller)
    if text == caller.arn and caller.session_is_known:
        return Named(itself=True)
    if caller.type in ROLE_SESSIONS:
        return _role_entry_names(text, arn, caller)
    if caller.type is PrincipalType.FEDERATED_SESSION and arn.service == "iam" and arn.account == caller.account:
        federating = caller.principal.federating_user_arn
        if federating is None and arn.resource.startswith("user/"):
            return Named(behind=unknown(f"the user who federated `{caller.arn}` is not known"))
        return Named(behind=text == federating)
    return NOT_NAMED


def _account_named(account: str, caller: Caller) -> Named:
    if caller.account is None:
        return Named(account=unknown(f"the account of `{caller.arn}` is not known"))
    same = account == caller.account
    return Named(itself=same and caller.type is PrincipalType.ROOT_USER, account=same)


def _role_entry_names(text: str, arn: Arn, caller: Caller) -> Named:
    kind, _, name = arn.resource.partition("/")
    if arn.account != caller.account:
        return NOT_NAMED
    if arn.service == "iam" and kind == "role":
        role_arn = caller.principal.role_arn
        # A session's ARN leaves the role's path out; in an account role names are unique whatever their paths.
        return Named(behind=text == role_arn if role_arn else name.rpartition("/")[2] == caller.role_name)
    if caller.session_is_known or arn.service != "sts" or kind != "assumed-role":
        return NOT_NAMED
    if name.partition("/")[0] != caller.role_name:
        return NOT_NAMED
    return Named(itself=unknown(f"the name of the session of `{caller.arn}` is not known"))


def _id_names(unique_id: str, caller: Caller) -> Named:
    of_role = unique_id.startswith("AROA")
    if caller.type is PrincipalType.USER and not of_role:
        known = caller.principal.unique_id
    elif caller.type in ROLE_SESSIONS and of_role:
        known = caller.role_id
    elif caller.type is PrincipalType.FEDERATED_SESSION and not of_role:
        known = None
    else:
        return NOT_NAMED
    same: Truth = unknown(f"whether `{caller.arn}` has the unique ID {unique_id} is not known")
    if known is not None:
        same = known == unique_id
    return Named(itself=same) if caller.type is PrincipalType.USER else Named(behind=same)


@dataclass(frozen=True, slots=True)
class PreparedPrincipals:
    element: PrincipalElement
    entries: tuple[PreparedEntry, ...]

    def truth(self, caller: Caller, effect: Effect) -> Truth:
        """Whether a statement with this element applies to the caller."""
        if not self.entries:
            return not_understood("the statement names no principal")
        named = naming(self.entries, caller)
        if not self.element.negated:
            return named.anyhow()
        if any(entry.text == "*" and entry.unclear is None for entry in self.entries):
            return False
        return named.nohow() if effect is Effect.ALLOW else _denied_by_omission(named, caller)


def prepare_principals(element: PrincipalElement) -> PreparedPrincipals:
    return PreparedPrincipals(element, tuple(prepare_entry(entry) for entry in element.entries))


def _denied_by_omission(named: Named, caller: Caller) -> Truth:
    """Deny with NotPrincipal: it spares a caller who is listed with everything that stands behind it."""
    in_account = caller.type not in (PrincipalType.ANONYMOUS, PrincipalType.SERVICE)
    if in_account and caller.has_boundary:
        # "…NotPrincipal with a Deny effect … for IAM principals that have a permissions boundary … will always deny".
        return True
    chain = [named.itself]
    if caller.type in ROLE_SESSIONS:
        chain.append(named.behind)
    if in_account:
        chain.append(named.account)
    spared = all_of(chain)
    listed = any_of((named.itself, named.behind, named.unclear))
    if spared is True or listed is False:
        return spared is not True
    if isinstance(listed, Doubt):
        return listed
    # "AWS might validate the account first, then the role, and then the assumed-role user."
    return not_understood(f"NotPrincipal lists `{caller.arn}`, but not all of its session, role and account")
