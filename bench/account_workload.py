"""An account of a thousand roles, as a snapshot: made from a seed, the same on every machine.

Every role has five of forty managed policies of AWS, three inline policies of its own with ten statements, every third
a permissions boundary; three levels of service control policies stand over all.
"""

from __future__ import annotations

import json
import random

from engine_workload import ACCOUNT, MANAGED, small, typical

from passrole.account.snapshot import AccountSnapshot, ManagedPolicyState, RoleState
from passrole.catalog.managed_policies import get_managed_policy, list_managed_policies
from passrole.policy.model import PolicyType

WIDE = ("ReadOnlyAccess", "PowerUserAccess", "SecurityAudit", "AdministratorAccess")
HELD = 5
BUCKET = "arn:aws:s3:::shared-artifacts/releases"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"


def managed_names() -> list[str]:
    """Forty: those that the engine's workload has, a few wide ones, and others from all over the list."""
    others = [policy.name for policy in list_managed_policies()[:: 40 + len(MANAGED)]]
    return list(dict.fromkeys((*MANAGED, *WIDE, *others)))[:40]


def account(roles: int = 1_000) -> AccountSnapshot:
    dice = random.Random(7)
    of_aws = {}
    for name in managed_names():
        policy = get_managed_policy(name)
        assert policy is not None, name
        of_aws[policy.arn] = ManagedPolicyState(policy.arn, name, policy.path, policy.default_version.document, "v1")
    shown = typical(0).documents
    (boundary,) = shown[PolicyType.BOUNDARY]
    limit = ManagedPolicyState(BOUNDARY, "boundary", "/", json.dumps(boundary[0][1]), "v1")
    made = {}
    for number in range(roles):
        name = f"app-{number:04}"
        (own,) = small(number).documents[PolicyType.IDENTITY]
        made[name] = RoleState(
            name,
            "/service/",
            f"arn:aws:iam::{ACCOUNT}:role/service/{name}",
            trust_policy="{}",
            role_id=f"AROA{number:017}",
            inline_policies={policy: json.dumps(document) for policy, document in own},
            attached_policy_arns=tuple(dice.sample(sorted(of_aws), HELD)),
            boundary_arn=BOUNDARY if number % 3 == 0 else None,
            tags={"team": dice.choice(("red", "green", "blue"))},
        )
    return AccountSnapshot(
        ACCOUNT,
        roles=made,
        managed_policies={**of_aws, BOUNDARY: limit},
        organization_policies=tuple(
            tuple(json.dumps(document) for _, document in level) for level in shown[PolicyType.SCP]
        ),
    )
