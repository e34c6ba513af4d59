"""Who can ask: callers that stand for everyone whom the policies tell apart, for policies that name principals.

What AWS fills in from the caller (its ARN, account, name, ID) belongs to the caller here, so that no request has an ARN
of one and the account of another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from passrole.engine.caller import Caller
from passrole.engine.conditions import condition_truth
from passrole.engine.global_keys import cannot_have
from passrole.engine.principal_element import naming
from passrole.engine.principals import implied_context
from passrole.engine.request import ContextValue, Principal, PrincipalType
from passrole.engine.special_actions import ASSUME_ROLE, ASSUME_ROLE_WITH_IDENTITY, CALLED_WITH_TOKEN, SET_CONTEXT
from passrole.engine.statements import names_caller
from passrole.engine.truth import Doubt, Truth, all_of, any_of, settle
from passrole.policy.model import Effect, PolicyType
from passrole.prover.caller_candidates import account_ids, accounts_in, principals_told_apart, values_compared
from passrole.prover.items import is_letter
from passrole.prover.texts import Effort, TooHardError
from passrole.prover.views import OF_CALLER, WHO, Bindings, Held, StatementView


@dataclass(frozen=True, slots=True)
class Standing:
    """A caller, and whether its own policies allow everything (`backed`) or nothing."""

    principal: Principal
    backed: bool


class CallerTable:
    """Like `KeyTable`, with callers for values."""

    __slots__ = ("_bindings", "_masks", "_other", "everything", "lacking", "values")

    def __init__(
        self,
        views: Sequence[StatementView],
        bindings: Bindings,
        effort: Effort,
        *,
        trust: bool,
        outsiders: bool,
    ) -> None:
        self.lacking: str | None = None
        self._other = ""
        self._bindings = bindings
        principals = [
            principal
            for principal in dict.fromkeys(self._principals(views, bindings, effort))
            if _agrees(principal, bindings)
        ]
        for view in views:
            for condition in view.keys.get(WHO, ()):
                if condition.key == "aws:userid" and any(set("*?") & set(v.value.text) for v in condition.values):
                    self.lacking = "it is compared with patterns"
        self.values = tuple(
            Standing(principal, backed)
            for principal in principals
            for backed in ((True,) if principal.type in _WITHOUT_POLICIES else (True, False))
            if not (trust and principal.type is PrincipalType.ROOT_USER)
            and (not outsiders or self._is_outside(principal))
        )
        self.everything = (1 << len(self.values)) - 1
        self._masks: dict[int, tuple[int, int]] = {}

    def _principals(self, views: Sequence[StatementView], bindings: Bindings, effort: Effort) -> Iterator[Principal]:
        compared = values_compared(views, bindings)
        accounts = accounts_in(views, compared)
        self._other = next(account for account in account_ids() if account not in accounts)
        return principals_told_apart(views, compared, accounts, self._other, effort)

    def _is_outside(self, principal: Principal) -> bool:
        if principal.type is PrincipalType.ANONYMOUS:
            return True
        return principal.account == self._other and principal.type in (PrincipalType.USER, PrincipalType.ROLE_SESSION)

    def box_mask(self, views: Sequence[tuple[StatementView, bool]]) -> int:
        found = self.everything
        for view, possible in views:
            found &= self.masks(view)[possible]
        return found

    @property
    def is_certain(self) -> bool:
        """Whether in all masks so far what may hold surely does."""
        return all(sure == possible for sure, possible in self._masks.values())

    def masks(self, view: StatementView) -> tuple[int, int]:
        found = self._masks.get(id(view.compiled))
        if found is None:
            sure = possible = 0
            for number, standing in enumerate(self.values):
                truth = _applies(view, standing, self._bindings)
                sure |= (truth is True) << number
                possible |= (truth is not False) << number
            found = self._masks[id(view.compiled)] = sure, possible
        return found

    def without(self, key: str) -> int:
        """The callers whose requests never have a key."""
        return self._where(lambda standing: cannot_have(standing.principal.type, key))

    def not_for(self, action: str) -> int:
        """The callers who cannot ask for an action (in lower case)."""
        kinds = {PrincipalType.WEB_IDENTITY_SESSION: 0, PrincipalType.SAML_SESSION: 1}
        if action in ASSUME_ROLE_WITH_IDENTITY:
            wanted = int(action.endswith("saml"))
            return self._where(lambda standing: kinds.get(standing.principal.type) != wanted)
        if action not in (ASSUME_ROLE, SET_CONTEXT):
            return 0
        return self._where(lambda standing: standing.principal.type in kinds)

    def _where(self, test: Callable[[Standing], bool]) -> int:
        return sum(bool(test(standing)) << number for number, standing in enumerate(self.values))


def _agrees(principal: Principal, bindings: Bindings) -> bool:
    """Whether the caller has the values that policy variables are given; a letter stands for any.

    What of the caller is not known may be any value.
    """
    keys = _keys_of(principal)
    return all(
        keys.get(key) == value
        or isinstance(keys.get(key), Doubt)
        or (isinstance(value, str) and any(map(is_letter, value)))
        for key, value in bindings.items()
        if key in OF_CALLER
    )


_WITHOUT_POLICIES = frozenset(
    {
        PrincipalType.ROOT_USER,  # it is allowed everything in its account
        PrincipalType.SERVICE,
        PrincipalType.ANONYMOUS,
        PrincipalType.SAML_SESSION,
        PrincipalType.WEB_IDENTITY_SESSION,
    }
)
"""Callers for whom it makes no difference what policies they have."""


def _applies(view: StatementView, standing: Standing, bindings: Bindings) -> Truth:
    context = Held({**bindings, **_keys_of(standing.principal)})
    truths = [settle(condition_truth(c, context), view.effect) for c in view.keys.get(WHO, ())]
    return all_of((*truths, _names(view, standing)))


def _names(view: StatementView, standing: Standing) -> Truth:
    """Whether the caller is named. A session that came of a token is by its identity provider where it has the token.

    In a trust policy it has; of a resource's policy such calls never ask. Elsewhere it depends on the action. Raises
    TooHardError for a statement about both kinds of actions.
    """
    if view.type is PolicyType.TRUST:
        return _names_with(view, standing, has_token=True)
    without = _names_with(view, standing, has_token=False)
    if view.type is PolicyType.RESOURCE:
        return without
    having = _names_with(view, standing, has_token=True)
    if without == having or not any(_may_name(view, action) for action in CALLED_WITH_TOKEN):
        return without
    if not view.actions_negated and CALLED_WITH_TOKEN.issuperset(view.actions):
        return having
    raise TooHardError("whether a session has the token that it came of depends on the action")


def _may_name(view: StatementView, action: str) -> bool:
    return view.actions_negated is not view.compiled.actions.take(action)


def _names_with(view: StatementView, standing: Standing, *, has_token: bool) -> Truth:
    caller = Caller.of(standing.principal, has_boundary=False, has_token=has_token)
    compiled = view.compiled
    grants = view.type in (PolicyType.RESOURCE, PolicyType.TRUST) and view.effect is Effect.ALLOW
    if not grants or compiled.principals is None or compiled.principals.element.negated:
        # An endpoint's policy limits what others grant: whether it names the caller himself or his account is the same.
        return settle(names_caller(compiled, caller, view.type), view.effect)
    named = naming(compiled.principals.entries, caller)
    ways = (named.itself, named.behind, named.account) if standing.backed else (named.itself, named.behind)
    return any_of(settle(way, view.effect) for way in (*ways, named.unclear))


def _keys_of(principal: Principal) -> dict[str, ContextValue | Doubt]:
    keys = implied_context(principal)
    if principal.identity_provider is not None and principal.type is PrincipalType.WEB_IDENTITY_SESSION:
        keys["aws:federatedprovider"] = principal.identity_provider
    return keys
