"""A policy that takes part in a simulation: its document, what the simulator calls it, and what may exclude it.

Names as recorded answers have them: `PolicyInputList.1`, `ResourcePolicy`, the name of a managed policy,
`user_NAME_POLICY` for an inline policy of the user NAME.
Source: IAM API Reference, SimulatePrincipalPolicy, examples
<https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from passrole.account.context import AccountView
from passrole.account.documents import parsed
from passrole.account.entities import Entity, Kind
from passrole.account.managed import default_document, find_policy
from passrole.account.membership import groups_of
from passrole.account.policy_store import attached_arns, inline_documents
from passrole.engine.stack import AttachedPolicy, Known, Layer, Unknown
from passrole.policy.model import PolicyType
from passrole.policy.parse import PolicySyntaxError


class SourceType(Enum):
    """The values are those of recorded answers; the API's model lists others."""

    IAM = "IAM Policy"
    RESOURCE = "Resource Policy"
    BOUNDARY = "Permissions Boundary Policy"


@dataclass(frozen=True, slots=True)
class SourcePolicy:
    """`arn` is that of a managed policy; `holder` and `name` are of an inline policy: neither for a given document."""

    id: str
    type: SourceType
    document: str
    arn: str | None = None
    holder: Entity | None = None
    name: str | None = None

    @property
    def key(self) -> str:
        """Unique in a simulation, as `id` is not: two policies may be called alike."""
        owner = self.arn or (self.holder.id if self.holder else "")
        return f"{self.type.name}\n{owner}\n{self.id}"


def policies_of(view: AccountView, entity: Entity) -> Iterator[SourcePolicy]:
    """The identity-based policies of a user (with those of its groups), a role or a group."""
    holders = [entity, *(groups_of(view.connection, entity) if entity.kind is Kind.USER else ())]
    for holder in holders:
        for name, document in inline_documents(view.connection, holder.id).items():
            source_id = f"{holder.kind.value}_{holder.name}_{name}"
            yield SourcePolicy(source_id, SourceType.IAM, document, holder=holder, name=name)
        for arn in attached_arns(view.connection, holder.id):
            yield managed_source(view, arn, SourceType.IAM)


def managed_source(view: AccountView, arn: str, type: SourceType) -> SourcePolicy:  # noqa: A002
    """A managed policy that is attached; a retired one of AWS's, which the catalogue lacks, has no document."""
    policy = find_policy(view, arn)
    document = "" if policy is None else default_document(view, policy)
    return SourcePolicy(arn.rpartition("/")[2], type, document, arn=arn)


def layer_of(sources: Iterable[SourcePolicy], type: PolicyType) -> Layer:  # noqa: A002
    """The sources as a layer of a stack, named by their keys; unknown when a document is not understood."""
    attached = []
    for source in sources:
        try:
            attached.append(AttachedPolicy(type, source.key, parsed(source.document)))
        except PolicySyntaxError as error:
            return Unknown(f"{source.id} is not understood: {error.diagnostics[0].message}")
    return Known(tuple(attached))
