"""The IAM operations with which passrole writes: what each addresses, and the only parameters it is given.

Everything that must know a write reads this table: the check of plan files (nothing else is ever called), the
journal, the read-back, the shell export and the operator's policy.
Source: IAM API Reference <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from passrole.provision.addresses import Address, Kind, Part, managed_policy
from passrole.recipes.desired import Json


class Effect(Enum):
    """What an operation does to the thing that it addresses."""

    MAKES = "makes"
    WRITES = "writes"
    REMOVES = "removes"


@dataclass(frozen=True, slots=True)
class WriteOperation:
    name: str
    kind: Kind
    effect: Effect
    part: Part | None = None
    detail_parameter: str | None = None
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    document_parameter: str | None = None

    @property
    def iam_action(self) -> str:
        return f"iam:{self.name}"

    @property
    def name_parameter(self) -> str:
        return _NAME_PARAMETERS[self.kind]

    @property
    def parameters(self) -> frozenset[str]:
        return self.required | self.optional

    def address(self, parameters: Mapping[str, Json]) -> Address:
        """What a call with these parameters writes; the parameters must have passed `check_parameters`."""
        if self.name == "CreatePolicy":
            path = str(parameters.get("Path", "/"))
            return Address(self.kind, f"{path}{parameters['PolicyName']}".removeprefix("/"))
        if self.kind is Kind.MANAGED_POLICY:
            return managed_policy(str(parameters["PolicyArn"]))
        detail = str(parameters[self.detail_parameter]) if self.detail_parameter else None
        return Address(self.kind, str(parameters[self.name_parameter]), self.part, detail)


_NAME_PARAMETERS = {
    Kind.USER: "UserName",
    Kind.GROUP: "GroupName",
    Kind.ROLE: "RoleName",
    Kind.MANAGED_POLICY: "PolicyArn",
    Kind.INSTANCE_PROFILE: "InstanceProfileName",
}


def _row(
    name: str,
    kind: Kind,
    effect: Effect,
    required: str = "",
    *,
    optional: str = "",
    part: Part | None = None,
    detail: str | None = None,
    document: str | None = None,
) -> WriteOperation:
    names = [*required.split(), detail, document]
    if name != "CreatePolicy":
        names.append(_NAME_PARAMETERS[kind])
    return WriteOperation(
        name=name,
        kind=kind,
        effect=effect,
        part=part,
        detail_parameter=detail,
        required=frozenset(each for each in names if each),
        optional=frozenset(optional.split()),
        document_parameter=document,
    )


def _policies_of(kind: Kind, word: str) -> tuple[WriteOperation, ...]:
    inline, attached = Part.INLINE_POLICY, Part.ATTACHED_POLICY
    return (
        _row(f"Put{word}Policy", kind, Effect.WRITES, part=inline, detail="PolicyName", document="PolicyDocument"),
        _row(f"Delete{word}Policy", kind, Effect.REMOVES, part=inline, detail="PolicyName"),
        _row(f"Attach{word}Policy", kind, Effect.MAKES, part=attached, detail="PolicyArn"),
        _row(f"Detach{word}Policy", kind, Effect.REMOVES, part=attached, detail="PolicyArn"),
    )


_ROWS = (
    _row("CreateUser", Kind.USER, Effect.MAKES, optional="Path Tags"),
    _row("DeleteUser", Kind.USER, Effect.REMOVES),
    *_policies_of(Kind.USER, "User"),
    _row("CreateAccessKey", Kind.USER, Effect.MAKES, part=Part.ACCESS_KEY),
    _row("DeleteAccessKey", Kind.USER, Effect.REMOVES, "AccessKeyId", part=Part.ACCESS_KEY),
    *_policies_of(Kind.GROUP, "Group"),
    _row(
        "CreateRole",
        Kind.ROLE,
        Effect.MAKES,
        optional="Path Description MaxSessionDuration Tags",
        document="AssumeRolePolicyDocument",
    ),
    _row("UpdateRole", Kind.ROLE, Effect.WRITES, optional="Description MaxSessionDuration"),
    _row("UpdateAssumeRolePolicy", Kind.ROLE, Effect.WRITES, part=Part.TRUST_POLICY, document="PolicyDocument"),
    _row("DeleteRole", Kind.ROLE, Effect.REMOVES),
    *_policies_of(Kind.ROLE, "Role"),
    _row(
        "CreatePolicy",
        Kind.MANAGED_POLICY,
        Effect.MAKES,
        "PolicyName",
        optional="Path Description Tags",
        document="PolicyDocument",
    ),
    _row("CreatePolicyVersion", Kind.MANAGED_POLICY, Effect.WRITES, "SetAsDefault", document="PolicyDocument"),
    _row("DeletePolicyVersion", Kind.MANAGED_POLICY, Effect.WRITES, "VersionId"),
    _row("DeletePolicy", Kind.MANAGED_POLICY, Effect.REMOVES),
    _row("CreateInstanceProfile", Kind.INSTANCE_PROFILE, Effect.MAKES, optional="Path Tags"),
    _row("AddRoleToInstanceProfile", Kind.INSTANCE_PROFILE, Effect.MAKES, part=Part.ROLE, detail="RoleName"),
    _row("RemoveRoleFromInstanceProfile", Kind.INSTANCE_PROFILE, Effect.REMOVES, part=Part.ROLE, detail="RoleName"),
    _row("DeleteInstanceProfile", Kind.INSTANCE_PROFILE, Effect.REMOVES),
)

WRITE_OPERATIONS: Mapping[str, WriteOperation] = {row.name: row for row in _ROWS}
