"""The cases of `conformance/gateway`: what each sets up, made with clients of any kind, so that decisions can be asked
in process and over the wire alike."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "conformance" / "gateway"
ACCOUNT = "111122223333"
REGION = "us-east-1"
CALLER = "caller"
"""The caller's role or user."""

Json = dict[str, Any]
Clients = Callable[[str, str, str], Any]
"""From service, Region and account id to a client that may do everything there."""

_REFERENCE = re.compile(r"\$\{([^}]+)\}")


@dataclass(frozen=True)
class Case:
    id: str
    page: str
    value: Json = field(repr=False)

    @property
    def caller(self) -> Json:
        return dict(self.value.get("caller") or {})

    @property
    def account(self) -> str:
        return str(self.caller.get("account", ACCOUNT))

    @property
    def kind(self) -> str:
        return str(self.caller.get("kind", "role"))

    @property
    def call(self) -> Json:
        return dict(self.value["call"])

    @property
    def expected(self) -> Json:
        return dict(self.value["expected"])

    @property
    def accounts(self) -> tuple[str, ...]:
        named = [self.account, ACCOUNT, *(step.get("account", ACCOUNT) for step in self.value.get("setup", ()))]
        named += [each["account"] for each in self.value.get("entities", ()) if "account" in each]
        return tuple(dict.fromkeys(named))


def cases() -> list[Case]:
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        found += [Case(f"{path.stem}/{each['id']}", each["page"], each) for each in document["cases"]]
    return found


def document(statements: Sequence[Json] | Json) -> str:
    listed = [statements] if isinstance(statements, Mapping) else list(statements)
    return json.dumps({"Version": "2012-10-17", "Statement": listed})


def make_entities(case: Case, clients: Clients) -> Json:
    """Make the roles that a case names, before its set-up; they are answered by name."""
    answers: Json = {"account": ACCOUNT}
    for entity in case.value.get("entities", ()):
        _entity(entity, clients("iam", REGION, entity.get("account", ACCOUNT)), answers)
    return answers


def set_up(case: Case, clients: Clients, answers: Json) -> None:
    """Make what a case needs before its call, but for its caller, and keep what the steps that are named answer."""
    for step in case.value.get("setup", ()):
        service, operation = step["call"].split(":")
        client = clients(service, step.get("region", REGION), step.get("account", ACCOUNT))
        answer = client._make_api_call(operation, parameters(step.get("with", {}), answers))
        if "as" in step:
            answers[step["as"]] = answer


def parameters(value: Any, answers: Json) -> Any:
    """With `${name.member.0.member}` replaced by what a step answered, `{"$bytes": …}` and `{"$policy": […]}` made."""
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole:
            return _at(answers, whole[1])
        return _REFERENCE.sub(lambda found: str(_at(answers, found[1])), value)
    if isinstance(value, list):
        return [parameters(each, answers) for each in value]
    if isinstance(value, dict):
        if set(value) == {"$bytes"}:
            return value["$bytes"].encode()
        if set(value) == {"$policy"}:
            return document(parameters(value["$policy"], answers))
        return {name: parameters(each, answers) for name, each in value.items()}
    return value


def statements(value: Any, answers: Json) -> Any:
    """Policy statements, in which AWS's own variables (`${aws:username}`) stay."""
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: found[0] if ":" in found[1] else str(_at(answers, found[1])), value)
    if isinstance(value, list):
        return [statements(each, answers) for each in value]
    if isinstance(value, dict):
        return {name: statements(each, answers) for name, each in value.items()}
    return value


def _at(answers: Json, path: str) -> Any:
    found: Any = answers
    for name in path.split("."):
        found = found[int(name)] if isinstance(found, list) else found[name]
    return found


def _entity(entity: Json, iam: Any, answers: Json) -> None:
    """A role, with an instance profile of its name where that is wanted."""
    name = entity["role"]
    trust = [
        {
            "Effect": "Allow",
            "Principal": {"Service": entity.get("trusts", "ec2.amazonaws.com")},
            "Action": "sts:AssumeRole",
        }
    ]
    made = iam.create_role(
        RoleName=name,
        Path=entity.get("path", "/"),
        AssumeRolePolicyDocument=document(trust),
        Tags=[{"Key": key, "Value": value} for key, value in entity.get("tags", {}).items()],
    )
    answers[name] = made["Role"]
    if entity.get("profile"):
        iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)


def make_caller(case: Case, iam: Any, answers: Json) -> None:
    """The caller's role or user, with its policies, boundary and tags."""
    caller = case.caller
    tags = [{"Key": key, "Value": value} for key, value in caller.get("tags", {}).items()]
    boundary = {}
    if "boundary" in caller:
        made = iam.create_policy(
            PolicyName="boundary", PolicyDocument=document(statements(caller["boundary"], answers))
        )
        boundary = {"PermissionsBoundary": made["Policy"]["Arn"]}
    policies = statements(caller.get("policies", []), answers)
    if case.kind == "user":
        iam.create_user(UserName=CALLER, Tags=tags, **boundary)
        if policies:
            iam.put_user_policy(UserName=CALLER, PolicyName="given", PolicyDocument=document(policies))
        return
    trust = [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{case.account}:root"},
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        }
    ]
    iam.create_role(RoleName=CALLER, AssumeRolePolicyDocument=document(trust), Tags=tags, **boundary)
    if policies:
        iam.put_role_policy(RoleName=CALLER, PolicyName="given", PolicyDocument=document(policies))


def assume(case: Case, sts: Any, answers: Json) -> Json:
    """Credentials of a session of the caller's role."""
    caller = case.caller
    further: Json = {}
    if "session" in caller:
        further["Policy"] = document(statements(caller["session"], answers))
    if "session_tags" in caller:
        further["Tags"] = [{"Key": key, "Value": value} for key, value in caller["session_tags"].items()]
    if "source_identity" in caller:
        further["SourceIdentity"] = caller["source_identity"]
    role = f"arn:aws:iam::{case.account}:role/{CALLER}"
    return dict(sts.assume_role(RoleArn=role, RoleSessionName="session", **further)["Credentials"])
