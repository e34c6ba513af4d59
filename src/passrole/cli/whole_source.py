"""The account that `who-can` and `what-can` look through: a live one, the embedded one, or one in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from passrole.account.access import ResourceLayer
from passrole.account.asking import Circumstances
from passrole.account.authorization import organization_for
from passrole.account.compiled_account import NOTHING_BESIDE, Beside
from passrole.account.organization_tree import OrganizationTree
from passrole.account.snapshot import AccountSnapshot
from passrole.cli.options import TargetChoice
from passrole.engine.stack import Layer
from passrole.policy.arn import account_in


@dataclass(frozen=True, slots=True)
class WholeSource:
    """`account` is its JSON, None for a file; `gaps` say what of it could not even be listed."""

    snapshot: AccountSnapshot
    resource_layer: ResourceLayer
    account: dict[str, object] | None
    gaps: tuple[str, ...] = ()
    beside: Callable[[str, str, Layer], Beside] = lambda _action, _resource, _layer: NOTHING_BESIDE
    """(action, resource ARN, its own policies) to what stands beside them."""
    organization: OrganizationTree | None = None
    """Over an embedded account."""

    def circumstances(self, said: Circumstances, resource: str) -> Circumstances:
        """What is said of a request about this resource, with what the organization tells of both accounts."""
        account_id = self.snapshot.account_id
        owner = said.resource_account or account_in(resource) or account_id
        return replace(said, organization=organization_for(self.organization, account_id, owner))

    def around(self, said: Circumstances, action: str, resource: str, layer: Layer) -> Beside:
        """What stands beside the resource's own policies, its account's resource control policies included."""
        beside = self.beside(action, resource, layer)
        if self.organization is None:
            return beside
        owner = said.resource_account or account_in(resource) or self.snapshot.account_id
        return replace(beside, rcps=self.organization.rcps_over(owner, action.partition(":")[0]))


@contextmanager
def open_whole(details: Path | None, target: TargetChoice) -> Iterator[WholeSource]:
    """Read everything once. Raises PassroleError."""
    from passrole.cli.question_snapshot import NOT_IN_DETAILS, layer_in, snapshot_in

    if details is not None:
        snapshot = snapshot_in(details)
        yield WholeSource(snapshot, lambda action, resource: layer_in(snapshot, action, resource, NOT_IN_DETAILS), None)
        return
    from passrole.cli.question import resource_layer_of
    from passrole.cli.target import account_value, open_account
    from passrole.provision.beside_policies import beside_of
    from passrole.provision.organization import known_organization
    from passrole.provision.whole_account import read_whole_account

    with open_account(target) as account:
        whole = read_whole_account(account.clients, account.identity)

        def layer(action: str, resource: str) -> Layer:
            return resource_layer_of(account, whole.snapshot, action, resource)

        def beside(action: str, resource: str, policies: Layer) -> Beside:
            return beside_of(account.clients, account.identity.account_id, action, resource, policies)

        tree = known_organization(account.clients)
        yield WholeSource(whole.snapshot, layer, account_value(account), whole.gaps, beside, tree)
