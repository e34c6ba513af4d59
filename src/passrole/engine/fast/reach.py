"""What a stack lets its principal do at all: of each action whether never, for some requests, or for every one.

Of requests on resources of the caller's own account, as far as those have no policies of their own: a bucket policy
can grant more, and a key policy must grant as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from passrole.engine.fast.action_sets import ActionList, Said
from passrole.engine.fast.policy import fast_policy
from passrole.engine.protected import PROTECTED_ACTIONS
from passrole.engine.request import PrincipalType
from passrole.engine.special_actions import ASSUME_ROLE, GET_CALLER_IDENTITY, GET_SESSION_TOKEN
from passrole.engine.stack import Layer, PolicyStack, Unknown


@dataclass(frozen=True, slots=True)
class Reach:
    """Sets of actions, as `ActionList` has them; `every` is part of `some`."""

    some: int
    """Not in it: no request with this action is allowed. In it: there may be one that is."""
    every: int
    """Whatever the resource and the context are, a request with this action is allowed."""


def reach_of(stack: PolicyStack, type: PrincipalType, actions: ActionList) -> Reach:  # noqa: A002
    """The reach of a user, of a role's session or of the root user; a layer that is not known may say anything.

    Raises ValueError for other principals: what they may do is for resource-based policies to say.
    """
    if type not in _WITH_OWN_POLICIES:
        raise ValueError(f"a {type.value} has no policies of its own")
    linked = type is PrincipalType.SERVICE_LINKED_ROLE_SESSION
    own = _said_in(stack.identity, actions)
    levels = () if linked else stack.scps
    limits = [_said_in(layer, actions) for layer in (*levels, stack.boundary, stack.session) if layer is not None]
    some, every = own.allowed_some, own.allowed_every
    if type is PrincipalType.ROOT_USER:
        some = every = actions.everything
    for limit in limits:
        some &= limit.allowed_some
        every &= limit.allowed_every
    for said in (own, *limits):
        some &= ~said.denied_every
        every &= ~said.denied_some
    if stack.rcps or stack.endpoint is not None:
        every = 0
    # Trust policies and key policies must grant as well, and some entities are beyond everybody.
    every &= ~(actions.beginning("sts:") | actions.beginning("kms:") | actions.among(PROTECTED_ACTIONS))
    if type is PrincipalType.ROOT_USER:
        some &= ~actions.matching(ASSUME_ROLE)
    free = actions.matching(GET_CALLER_IDENTITY)
    if type in (PrincipalType.USER, PrincipalType.ROOT_USER):
        free |= actions.matching(GET_SESSION_TOKEN)
    return Reach(some | free, every | free)


_WITH_OWN_POLICIES = frozenset(
    {
        PrincipalType.USER,
        PrincipalType.ROLE_SESSION,
        PrincipalType.SERVICE_LINKED_ROLE_SESSION,
        PrincipalType.ROOT_USER,
    }
)


def _said_in(layer: Layer, actions: ActionList) -> Said:
    if isinstance(layer, Unknown):
        return _anything(actions)
    said = Said()
    for attached in layer.policies:
        policy = fast_policy(attached.policy)
        # One with more statements than is prepared may say anything here.
        said |= _anything(actions) if policy is None else actions.said_by(policy, attached.type)
    return said


def _anything(actions: ActionList) -> Said:
    return Said(allowed_some=actions.everything, denied_some=actions.everything)
