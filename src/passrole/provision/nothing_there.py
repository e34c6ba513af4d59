"""A plan for an account that has nothing of a set-up yet: what exports and the operator's policy are made from."""

from __future__ import annotations

from passrole.account.snapshot import AccountSnapshot, GroupState, RoleState
from passrole.provision.addressed import addressed_by
from passrole.provision.changes import Plan
from passrole.provision.clients import Target
from passrole.provision.identity import Identity
from passrole.provision.journal import Journal
from passrole.provision.observe import Observation
from passrole.provision.plan import make_plan
from passrole.recipes.desired import DesiredState


def plan_from_nothing(desired: DesiredState) -> Plan:
    """The plan where only what a set-up never makes (its groups, the roles of others) is there, and is empty."""
    account, partition = desired.account_id, desired.partition
    identity = Identity(account, partition, f"arn:{partition}:iam::{account}:root", Target("endpoint", "", ""))
    iam = f"arn:{partition}:iam::{account}"
    snapshot = AccountSnapshot(
        account,
        partition,
        groups={each.name: GroupState(each.name, "/", f"{iam}:group/{each.name}") for each in desired.groups},
        roles={
            each.name: RoleState(each.name, "/", f"{iam}:role/{each.name}", trust_policy='{"Statement": []}')
            for each in desired.roles
            if each.trust_policy is None
        },
    )
    observation = Observation(identity, addressed_by(desired, {}), snapshot)
    return make_plan(desired, observation, Journal(None, account_id=account, partition=partition))
