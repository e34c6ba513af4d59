"""An organization over the accounts of a file: its units, its accounts, and the policies that stand at each of them.

Source: AWS Organizations User Guide, "Terminology and concepts"
<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_getting-started_concepts.html>, and for paths IAM User
Guide, aws:PrincipalOrgPaths <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from passrole.account.policy_layers import policy_layer
from passrole.catalog.resource_control_policies import rcps_cover
from passrole.engine.request import Organization
from passrole.engine.stack import Layer
from passrole.policy.model import PolicyType

FULL_ACCESS = "FullAWSAccess"
FULL_ACCESS_DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
RCP_FULL_ACCESS = "RCPFullAWSAccess"
RCP_FULL_ACCESS_DOCUMENT = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
)
"""AWS's own policies, one of each type, which are attached everywhere from the beginning; the second one for good."""


@dataclass(frozen=True, slots=True)
class Target:
    """The root, a unit or an account, with the documents of the policies that are attached to it, by their names.

    `id` is `r-…`, `ou-…` or an account id; the root has no parent.
    """

    id: str
    name: str
    parent_id: str | None
    scps: Mapping[str, str] = field(default_factory=dict)
    rcps: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        kind = "the root" if self.parent_id is None else "unit" if self.id.startswith("ou-") else "account"
        return kind if self.parent_id is None else f"{kind} {self.name}"


@dataclass(frozen=True, slots=True)
class OrganizationTree:
    """INVARIANT: every parent is among the targets, and from each one leads a way up to the root."""

    id: str
    management_account_id: str
    targets: Mapping[str, Target]

    def account_ids(self) -> tuple[str, ...]:
        return tuple(target.id for target in self.targets.values() if target.id.isdigit())

    def way_to(self, account_id: str) -> tuple[Target, ...]:
        """From the root down to the account; empty for an account that is no member."""
        way: list[Target] = []
        target = self.targets.get(account_id)
        while target is not None:
            way.append(target)
            target = None if target.parent_id is None else self.targets[target.parent_id]
        return tuple(reversed(way))

    def path_to(self, account_id: str) -> str:
        """As aws:PrincipalOrgPaths writes it: `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`."""
        return "/".join((self.id, *(target.id for target in self.way_to(account_id)[:-1]), ""))

    def for_request_between(self, account_ids: Iterable[str]) -> Organization | None:
        """As a request between these accounts has it, without the others; None where none of them is a member."""
        members = {account: self.path_to(account) for account in account_ids if account in self.targets}
        return Organization(self.management_account_id, self.id, members) if members else None

    def scp_documents(self, account_id: str) -> tuple[tuple[str, ...], ...]:
        """One level a target from the root down; none for the management account, which SCPs do not affect."""
        if account_id == self.management_account_id:
            return ()
        return tuple(tuple(target.scps.values()) for target in self.way_to(account_id))

    def scps_over(self, account_id: str) -> tuple[Layer, ...]:
        """The service control policies over the callers of an account, a layer a level."""
        return tuple(
            policy_layer(
                PolicyType.SCP,
                {f"service control policy {name} of {target}": text for name, text in target.scps.items()},
            )
            for target in self.way_to(account_id)
        )

    def rcps_over(self, account_id: str, service: str) -> tuple[Layer, ...]:
        """The resource control policies over an account's resources; none where AWS has none for the service."""
        if not rcps_cover(service):
            return ()
        return tuple(
            policy_layer(
                PolicyType.RCP,
                {f"resource control policy {name} of {target}": text for name, text in target.rcps.items()},
            )
            for target in self.way_to(account_id)
        )

    def to_text(self) -> str:
        return json.dumps(
            {
                "id": self.id,
                "management_account_id": self.management_account_id,
                "targets": [asdict(target) for target in self.targets.values()],
            }
        )

    @classmethod
    def from_text(cls, text: str) -> OrganizationTree:
        value = json.loads(text)
        targets = (Target(**target) for target in value["targets"])
        return cls(value["id"], value["management_account_id"], {target.id: target for target in targets})
