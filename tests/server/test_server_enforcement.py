"""`--enforcement soft|off` at IAM and STS: what policies deny passes, and nothing else that a call is refused for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError
from tests.server.gateway_served import ACCOUNT, GatewayServed, Keys, allow

from passrole.account.decision_log.logged_call import Answered
from passrole.account.decision_log.selection import Selection
from passrole.account.enforcement import Enforcement
from passrole.server.enforcement_told import told
from passrole.server.http import serving

LINKED = "AWSServiceRoleForAutoScaling"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
PASSING = {"Effect": "Deny", "Action": ["iam:PassRole", "iam:PutRolePolicy"], "Resource": "*"}


@pytest.fixture(scope="module", params=[Enforcement.SOFT, Enforcement.OFF], ids=["soft", "off"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    """With user/nobody, who may do nothing, user/denied, who is denied some, role/app and a service-linked role."""
    path = tmp_path_factory.mktemp("account") / "account.db"
    with serving(path, enforcement=request.param) as found:
        made = GatewayServed(found)
        iam = made.client("iam")
        iam.create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)
        iam.create_instance_profile(InstanceProfileName="app")
        iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
        yield made


@pytest.fixture(scope="module")
def nobody(served: GatewayServed) -> Keys:
    return served.user("nobody")


def mode(served: GatewayServed) -> Enforcement:
    return served.served.server.front.gate.enforcement


def code(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    found: str = refused.value.response["Error"]["Code"]
    return found


def last_call(served: GatewayServed) -> Any:
    return served.served.store.decisions.calls(Selection(), limit=1)[0]


def test_what_policies_deny_is_carried_out_and_marked(served: GatewayServed, nobody: Keys) -> None:
    served.client("iam", nobody).create_user(UserName="made-by-nobody")
    assert served.client("iam").get_user(UserName="made-by-nobody")["User"]["UserName"] == "made-by-nobody"
    served.client("iam", nobody).delete_user(UserName="made-by-nobody")
    call = last_call(served)
    assert (call.enforcement, call.answered) == (mode(served).value, Answered.LET_THROUGH)
    if mode(served) is Enforcement.SOFT:
        assert [each.request.action for each in call.decided if not each.decision.allowed] == ["iam:DeleteUser"]
    else:
        assert call.decided == ()


def test_soft_asks_every_question_of_a_call(served: GatewayServed) -> None:
    denied = served.user("denied", allow("iam:GetUser"), PASSING)
    served.client("iam", denied).add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")
    asked = {each.request.action: each.decision.allowed for each in last_call(served).decided}
    expected = {"iam:AddRoleToInstanceProfile": False, "iam:PassRole": False}
    assert asked == (expected if mode(served) is Enforcement.SOFT else {})


def test_what_is_written_is_checked_as_ever(served: GatewayServed, nobody: Keys) -> None:
    iam = served.client("iam", nobody)
    assert code(lambda: iam.create_user(UserName="no/name")) == "ValidationError"
    assert code(lambda: iam.create_user(UserName="nobody")) == "EntityAlreadyExists"
    assert code(lambda: iam.get_user(UserName="gone")) == "NoSuchEntity"
    broken = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*"}]}
    for method, named in (("put_user_policy", {"UserName": "nobody", "PolicyName": "p"}), ("create_policy", {})):
        given = {"PolicyName": "p", **named, "PolicyDocument": json.dumps(broken)}
        assert code(lambda: getattr(iam, method)(**given)) == "MalformedPolicyDocument"  # noqa: B023 (called at once)


def test_what_aws_alone_changes_stays_so_also_where_a_policy_denies_it(served: GatewayServed, nobody: Keys) -> None:
    given = {"RoleName": LINKED, "PolicyName": "p", "PolicyDocument": json.dumps({"Statement": [PASSING]})}
    for name, *statements in (("denied-linked", PASSING), ("allowed-linked", allow("iam:*"))):
        keys = served.user(name, *statements)
        assert code(lambda: served.client("iam", keys).put_role_policy(**given)) == "UnmodifiableEntity"  # noqa: B023
    assert code(lambda: served.client("iam", nobody).put_role_policy(**given)) == "UnmodifiableEntity"
    managed = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert code(lambda: served.client("iam", nobody).delete_policy(PolicyArn=managed)) == "AccessDenied"


def test_callers_are_authenticated(served: GatewayServed, nobody: Keys) -> None:
    wrong = Keys(nobody.id, "x" * 40)
    assert code(served.client("iam", wrong).list_users) == "SignatureDoesNotMatch"
    assert code(served.client("sts", wrong).get_caller_identity) == "SignatureDoesNotMatch"
    assert served.client("sts", nobody).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/nobody"


def test_a_role_is_assumed_past_its_trust_policy_and_its_session_is_what_it_is(
    served: GatewayServed, nobody: Keys
) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/app"
    made = served.client("sts", nobody).assume_role(RoleArn=arn, RoleSessionName="one")["Credentials"]
    session = Keys(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    sts = served.client("sts", session)
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one"
    assert code(sts.get_session_token) == "AccessDenied"
    missing = f"arn:aws:iam::{ACCOUNT}:role/gone"
    assert code(lambda: sts.assume_role(RoleArn=missing, RoleSessionName="one")) == "AccessDenied"
    assert last_call(served).enforcement == mode(served).value


def test_it_is_told(served: GatewayServed) -> None:
    with urlopen(f"{served.url}/_passrole/health", timeout=10) as answer:
        assert json.load(answer)["enforcement"] == mode(served).value
    beginning = {Enforcement.SOFT: "warning: enforcement is SOFT", Enforcement.OFF: "enforcement is OFF"}
    (line,) = served.served.server.front.enforcement_lines()
    assert line.startswith(beginning[mode(served)])


def test_enforced_is_what_nobody_chose(tmp_path: Path) -> None:
    with serving(tmp_path / "account.db") as found:
        made = GatewayServed(found)
        keys = made.user("nobody")
        assert code(served_users(made, keys)) == "AccessDenied"
        assert last_call(made).enforcement is None
        assert found.server.front.enforcement_lines() == told(Enforcement.ENFORCE)


def served_users(served: GatewayServed, keys: Keys) -> Callable[[], Any]:
    found: Callable[[], Any] = served.client("iam", keys).list_users
    return found
