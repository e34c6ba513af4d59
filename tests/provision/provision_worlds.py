"""What the provisioning tests share: accounts of two makers, faults on the way, and set-ups written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from passrole.policy.model import PolicyType
from passrole.provision.addressed import addressed_by, addressed_for_destroy
from passrole.provision.apply import ApplyResult, apply_plan
from passrole.provision.changes import Plan
from passrole.provision.clients import ClientFactory, Target
from passrole.provision.destroy import make_destroy_plan
from passrole.provision.identity import identify
from passrole.provision.journal import Journal
from passrole.provision.observe import observe
from passrole.provision.operations import WRITE_OPERATIONS
from passrole.provision.plan import make_plan
from passrole.provision.secrets import SecretStore
from passrole.recipes.desired import (
    DesiredGroup,
    DesiredInstanceProfile,
    DesiredManagedPolicy,
    DesiredRole,
    DesiredState,
    DesiredUser,
    Json,
    RenderedPolicy,
    RenderedStatement,
    Source,
)

PAGE = Source("a page", "https://docs.aws.amazon.com/")


class Killed(BaseException):
    """The process ends here; no handler of passrole may catch it."""


@dataclass
class MotoAccount:
    """moto's IAM in this process, by plain botocore clients."""

    region: str = "us-east-1"
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        import botocore.session

        if service not in self._clients:
            self._clients[service] = botocore.session.get_session().create_client(service, region_name=self.region)
        return self._clients[service]

    def describe(self) -> Target:
        return Target("endpoint", "moto, in process", self.region)


@contextmanager
def open_account(maker: str, folder: Path) -> Iterator[ClientFactory]:
    if maker == "moto":
        from moto import mock_aws

        with mock_aws():
            yield MotoAccount()
        return
    from passrole.server.embedded import embedded_session

    with embedded_session(folder / "account.db") as account:
        yield account


@dataclass
class Fault:
    """Kill (or refuse) the `number`-th write, counted from 1, before or after it takes effect."""

    number: int
    when: str
    error: Callable[[], BaseException] = Killed
    seen: int = 0


class FaultyClients:
    """A factory whose IAM client counts the writes, and fails one of them."""

    def __init__(self, clients: ClientFactory, fault: Fault | None = None) -> None:
        self._clients, self.fault = clients, fault
        self.writes: list[tuple[str, dict[str, Any]]] = []
        self.reads: list[str] = []

    def client(self, service: str) -> Any:
        return _FaultyClient(self._clients.client(service), self)

    def describe(self) -> Target:
        return self._clients.describe()


class _FaultyClient:
    def __init__(self, client: Any, owner: FaultyClients) -> None:
        self._client, self._owner = client, owner
        self._names = client.meta.method_to_api_mapping

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._client, name)
        operation = self._names.get(name)
        if operation not in WRITE_OPERATIONS:
            if operation is not None:
                self._owner.reads.append(operation)
            return value
        owner = self._owner

        def write(**parameters: Any) -> Any:
            fault = owner.fault
            if fault is not None:
                fault.seen += 1
                if fault.seen == fault.number and fault.when == "before":
                    raise fault.error()
            answer = value(**parameters)
            owner.writes.append((operation, parameters))
            if fault is not None and fault.seen == fault.number and fault.when == "after":
                raise fault.error()
            return answer

        return write


@dataclass
class World:
    """An account, and passrole's own files about it, as one person at one machine has them."""

    clients: ClientFactory
    folder: Path

    def __post_init__(self) -> None:
        self.identity = identify(self.clients, with_alias=False)
        self.iam: Any = self.clients.client("iam")
        self.secrets = SecretStore(self.folder / "keys")
        self.slept: list[float] = []

    @property
    def journal(self) -> Journal:
        """Opened anew, as a new process would."""
        return Journal(
            self.folder / "journal.json", account_id=self.identity.account_id, partition=self.identity.partition
        )

    def state(self, **wishes: Any) -> DesiredState:
        """A set-up of this account; `wishes` are fields of DesiredState."""
        label = wishes.pop("label", "demo")
        return DesiredState(
            "demo-recipe", label, "corrected", self.identity.account_id, "aws", "us-east-1", {}, **wishes
        )

    def policy_arn(self, name: str, path: str = "/") -> str:
        return f"arn:aws:iam::{self.identity.account_id}:policy{path}{name}"

    def plan(self, *states: DesiredState, clients: ClientFactory | None = None, exclusive: bool = False) -> Plan:
        journal = self.journal
        observation = observe(clients or self.clients, addressed_by(states, journal.records), self.identity)
        return make_plan(states, observation, journal, exclusive=exclusive, saved_keys=self.secrets.saved_keys())

    def destroy_plan(
        self, *labels: str, desired: Sequence[DesiredState] = (), clients: ClientFactory | None = None
    ) -> Plan:
        journal = self.journal
        addressed = addressed_for_destroy(frozenset(labels), journal.records, desired)
        observation = observe(clients or self.clients, addressed, self.identity)
        return make_destroy_plan(labels, observation, journal)

    def run(self, plan: Plan, clients: ClientFactory | None = None) -> ApplyResult:
        return apply_plan(plan, clients or self.clients, self.journal, self.secrets, sleep=self.slept.append)

    def apply(self, *states: DesiredState, exclusive: bool = False) -> ApplyResult:
        return self.run(self.plan(*states, exclusive=exclusive))

    def destroy(self, *labels: str, desired: Sequence[DesiredState] = ()) -> ApplyResult:
        return self.run(self.destroy_plan(*labels, desired=desired))

    def contents(self) -> dict[str, Any]:
        """All entities of the account that are not passrole's administrator, without ids, dates and key ids."""
        return account_contents(self.iam)


def account_contents(iam: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for user in iam.list_users()["Users"]:
        name = user["UserName"]
        if name == "passrole-admin":
            continue
        found[f"user/{name}"] = {
            "path": user["Path"],
            "inline": _inline(iam, "user", UserName=name),
            "attached": _attached(iam, "user", UserName=name),
            "keys": len(iam.list_access_keys(UserName=name)["AccessKeyMetadata"]),
            "tags": _tags(iam.list_user_tags(UserName=name)),
        }
    for group in iam.list_groups()["Groups"]:
        name = group["GroupName"]
        found[f"group/{name}"] = {
            "inline": _inline(iam, "group", GroupName=name),
            "attached": _attached(iam, "group", GroupName=name),
        }
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        details = iam.get_role(RoleName=name)["Role"]
        found[f"role/{name}"] = {
            "path": role["Path"],
            "trust": _statements(role["AssumeRolePolicyDocument"]),
            "inline": _inline(iam, "role", RoleName=name),
            "attached": _attached(iam, "role", RoleName=name),
            "description": details.get("Description"),
            "seconds": details["MaxSessionDuration"],
            "tags": _tags(iam.list_role_tags(RoleName=name)),
        }
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        arn = policy["Arn"]
        version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])
        found[f"policy{policy['Path']}{policy['PolicyName']}"] = {
            "document": _statements(version["PolicyVersion"]["Document"]),
            "tags": _tags(iam.list_policy_tags(PolicyArn=arn)),
        }
    for profile in iam.list_instance_profiles()["InstanceProfiles"]:
        found[f"profile/{profile['InstanceProfileName']}"] = sorted(role["RoleName"] for role in profile["Roles"])
    return found


def _inline(iam: Any, word: str, **name: str) -> dict[str, Any]:
    names = getattr(iam, f"list_{word}_policies")(**name)["PolicyNames"]
    read = getattr(iam, f"get_{word}_policy")
    return {each: _statements(read(**name, PolicyName=each)["PolicyDocument"]) for each in names}


def _attached(iam: Any, word: str, **name: str) -> list[str]:
    attached = getattr(iam, f"list_attached_{word}_policies")(**name)["AttachedPolicies"]
    return sorted(each["PolicyArn"] for each in attached)


def _tags(answer: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in answer["Tags"]}


def _statements(document: Mapping[str, Any]) -> list[Any]:
    return list(document["Statement"]) if isinstance(document["Statement"], list) else [document["Statement"]]


def allow(action: str | list[str], resource: str = "*", **more: Json) -> dict[str, Json]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trusts(service: str, **more: Json) -> dict[str, Json]:
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **more}


def document(*bodies: Mapping[str, Json]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(bodies)})


def policy(*bodies: Mapping[str, Json], of: PolicyType = PolicyType.IDENTITY) -> RenderedPolicy:
    return RenderedPolicy(
        "p", of, tuple(RenderedStatement(f"s{n}", body, "because", PAGE) for n, body in enumerate(bodies, 1))
    )


def role(
    name: str, *trust: Mapping[str, Json], inline: Mapping[str, RenderedPolicy] | None = None, **more: Any
) -> DesiredRole:
    return DesiredRole(
        name, policy(*trust, of=PolicyType.TRUST) if trust else None, inline_policies=inline or {}, **more
    )


VMIE_TRUST = trusts("vmie.amazonaws.com", Condition={"StringEquals": {"sts:ExternalId": "vmimport"}})
READ = allow(["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::disk-images/*")
EC2 = allow(["ec2:Describe*", "ec2:CopySnapshot"])


def everything(world: World) -> DesiredState:
    """One of each thing that a set-up can want; the group `operators` and the policy `Shared` must be there."""
    own = DesiredManagedPolicy("Sessions", policy(allow("ssm:UpdateInstanceInformation")), path="/service/")
    own_arn = world.policy_arn("Sessions", "/service/")
    shared_arn = world.policy_arn("Shared")
    return world.state(
        managed_policies=(own,),
        users=(
            DesiredUser(
                "connector",
                path="/connectors/",
                inline_policies={"calls": policy(allow("sms:*"))},
                attached_policy_arns=(shared_arn,),
                access_key=True,
            ),
        ),
        groups=(DesiredGroup("operators", {"imports": policy(EC2)}, (shared_arn,)),),
        roles=(
            role(
                "vmimport",
                VMIE_TRUST,
                inline={"vmimport": policy(READ, EC2)},
                attached_policy_arns=(shared_arn,),
                description="for VM Import/Export",
                max_session_seconds=7200,
            ),
            role("instance", trusts("ec2.amazonaws.com"), attached_policy_arns=(own_arn,)),
        ),
        instance_profiles=(DesiredInstanceProfile("instance", "instance"),),
    )


def prepare_for_everything(world: World) -> None:
    """What others have made before."""
    world.iam.create_group(GroupName="operators")
    world.iam.create_policy(PolicyName="Shared", PolicyDocument=document(allow("sts:GetCallerIdentity")))
