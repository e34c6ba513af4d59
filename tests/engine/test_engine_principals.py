"""Principals: from ARNs, the context keys that they imply, and how Principal elements name them."""

from __future__ import annotations

import pytest
from tests.engine.engine_builders import ACCOUNT, ANA, APP, OTHER, RUN, ask, bucket, identity

from passrole.engine.context import Context
from passrole.engine.decision import Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.principals import PrincipalError, principal_from_arn
from passrole.engine.request import Principal, PrincipalType
from passrole.engine.stack import PolicyStack
from passrole.engine.truth import Doubt

T = PrincipalType


@pytest.mark.parametrize(
    ("text", "kind", "account"),
    [
        (ANA, T.USER, ACCOUNT),
        (f"arn:aws-cn:iam::{ACCOUNT}:user/staff/ana", T.USER, ACCOUNT),
        (f"arn:aws:iam::{ACCOUNT}:root", T.ROOT_USER, ACCOUNT),
        (RUN, T.ROLE_SESSION, ACCOUNT),
        (f"arn:aws:iam::{ACCOUNT}:role/app", T.ROLE_SESSION, ACCOUNT),
        (f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/X", T.SERVICE_LINKED_ROLE_SESSION, ACCOUNT),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/bo", T.FEDERATED_SESSION, ACCOUNT),
        ("vmie.amazonaws.com", T.SERVICE, None),
        ("ec2.amazonaws.com.cn", T.SERVICE, None),
        ("delivery.logs.amazonaws.com", T.SERVICE, None),
        ("*", T.ANONYMOUS, None),
    ],
)
def test_principal_from_arn(text: str, kind: PrincipalType, account: str | None) -> None:
    principal = principal_from_arn(text)
    assert (principal.type, principal.arn, principal.account) == (kind, text, account)


def test_a_service_linked_role_is_not_told_by_its_name() -> None:
    """Only the reserved path makes one; anyone may name a role AWSServiceRoleForX."""
    assert principal_from_arn(f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForX/x").type is T.ROLE_SESSION
    assert principal_from_arn(f"arn:aws:iam::{ACCOUNT}:role/AWSServiceRoleForX").type is T.ROLE_SESSION


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        ACCOUNT,
        "s3.example.com",
        "arn:aws:s3:::bucket",
        "arn:aws:iam::aws:policy/AdministratorAccess",
        f"arn:aws:iam::{ACCOUNT}:user/*",
        f"arn:aws:iam::{ACCOUNT}:group/staff",
        f"arn:aws:iam::{ACCOUNT}:user/",
        "arn:aws:iam::1111:user/ana",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/app",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/app/run/more",
        f"arn:aws:sts::{ACCOUNT}:user/ana",
    ],
)
def test_what_is_no_principal_is_refused_with_help(text: str) -> None:
    with pytest.raises(PrincipalError) as caught:
        principal_from_arn(text)
    assert f"`{text}`" in caught.value.message
    assert caught.value.help


def _keys(principal: Principal, **context: str) -> dict[str, object]:
    known = Context(ask(who=principal, context={key.replace("_", ":"): value for key, value in context.items()}))
    names = ("type", "arn", "account", "isawsservice", "servicename")
    values: dict[str, object] = {name: known.get(f"aws:principal{name}") for name in names}
    values |= {name: known.get(f"aws:{name}") for name in ("username", "userid")}
    return {name: "?" if isinstance(value, Doubt) else value for name, value in values.items() if value is not None}


def test_implied_keys_of_a_user() -> None:
    user = Principal(T.USER, f"arn:aws:iam::{ACCOUNT}:user/staff/ana", ACCOUNT, unique_id="AIDAX")
    expected = {"type": "User", "arn": user.arn, "account": ACCOUNT, "isawsservice": "false"}
    assert _keys(user) == {**expected, "username": "ana", "userid": "AIDAX"}
    assert _keys(principal_from_arn(user.arn)) == {**expected, "username": "ana", "userid": "?"}


def test_implied_keys_of_sessions() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/team/app"
    common = {"type": "AssumedRole", "account": ACCOUNT, "isawsservice": "false"}
    assert _keys(Principal(T.ROLE_SESSION, RUN, ACCOUNT, role_arn=role, unique_id="AROAX")) == {
        **common,
        "arn": role,
        "userid": "AROAX:run",
    }
    assert _keys(Principal(T.ROLE_SESSION, RUN, ACCOUNT, role, unique_id="AROAX:run"))["userid"] == "AROAX:run"
    # The path of the role is not in the session's ARN, so aws:PrincipalArn is not known.
    assert _keys(principal_from_arn(RUN)) == {**common, "arn": "?", "userid": "?"}
    federated = f"arn:aws:sts::{ACCOUNT}:federated-user/bo"
    assert _keys(principal_from_arn(federated)) == {
        "type": "FederatedUser",
        "arn": federated,
        "account": ACCOUNT,
        "isawsservice": "false",
        "userid": f"{ACCOUNT}:bo",
    }


def test_implied_keys_of_others() -> None:
    root = f"arn:aws:iam::{ACCOUNT}:root"
    assert _keys(principal_from_arn(root)) == {
        "type": "Account",
        "arn": root,
        "account": ACCOUNT,
        "isawsservice": "false",
        "userid": ACCOUNT,
    }
    assert _keys(principal_from_arn("ec2.amazonaws.com")) == {
        "isawsservice": "true",
        "servicename": "ec2.amazonaws.com",
        # "This key is included in the request context for all requests": with which value for a service, no page says.
        "account": "?",
        "type": "?",
        "userid": "?",
    }
    assert _keys(principal_from_arn("*")) == {"type": "Anonymous", "account": "anonymous", "userid": "anonymous"}


def test_the_request_speaks_before_the_principal() -> None:
    assert _keys(principal_from_arn(ANA), aws_UserName="bo")["username"] == "bo"
    context = Context(ask(unknown=["aws:username"], context={"aws:username": "bo"}))
    assert isinstance(context.get("aws:username"), Doubt)


ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/app"
WITH_PATH = Principal(T.ROLE_SESSION, RUN, ACCOUNT, role_arn=ROLE, unique_id="AROAEXAMPLE1234")
ALLOWED, IMPLICIT, DENIED, UNDECIDED = (
    Outcome.ALLOWED,
    Outcome.IMPLICIT_DENY,
    Outcome.EXPLICIT_DENY,
    Outcome.UNDECIDED,
)


@pytest.mark.parametrize(
    ("who", "principal", "when_allowed", "when_denied"),
    [
        (ANA, "*", ALLOWED, DENIED),
        (ANA, {"AWS": "*"}, ALLOWED, DENIED),
        (ANA, {"AWS": ANA}, ALLOWED, DENIED),
        (ANA, {"AWS": [OTHER, ANA]}, ALLOWED, DENIED),
        (ANA, {"AWS": ANA.replace("ana", "Ana")}, IMPLICIT, ALLOWED),
        (ANA, {"AWS": ACCOUNT}, IMPLICIT, DENIED),
        (ANA, {"AWS": OTHER}, IMPLICIT, ALLOWED),
        # What is not understood grants nothing, and leaves a Deny undecided.
        (ANA, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}, IMPLICIT, UNDECIDED),
        (ANA, {"CanonicalUser": "0" * 64}, IMPLICIT, UNDECIDED),
        (ANA, {"AWS": "ana"}, IMPLICIT, UNDECIDED),
        (ANA, {"Federated": "idp.example.com"}, IMPLICIT, ALLOWED),
        (ANA, {"AWS": "AIDAEXAMPLE1234"}, UNDECIDED, UNDECIDED),
        (ANA, {"AWS": "AROAEXAMPLE1234"}, IMPLICIT, ALLOWED),
        (Principal(T.USER, ANA, ACCOUNT, unique_id="AIDAEXAMPLE1234"), {"AWS": "AIDAEXAMPLE1234"}, ALLOWED, DENIED),
        (Principal(T.USER, ANA, ACCOUNT, unique_id="AIDAANOTHER1234"), {"AWS": "AIDAEXAMPLE1234"}, IMPLICIT, ALLOWED),
        (WITH_PATH, {"AWS": ROLE}, ALLOWED, DENIED),
        (WITH_PATH, {"AWS": RUN}, ALLOWED, DENIED),
        (WITH_PATH, {"AWS": APP}, IMPLICIT, ALLOWED),
        (WITH_PATH, {"AWS": "AROAEXAMPLE1234"}, ALLOWED, DENIED),
        (RUN, {"AWS": ROLE}, ALLOWED, DENIED),
        (RUN, {"AWS": RUN.replace("run", "walk")}, IMPLICIT, ALLOWED),
        (RUN, {"AWS": ROLE.replace(ACCOUNT, OTHER)}, IMPLICIT, ALLOWED),
        # A principal written as a role is some session of it.
        (ROLE, {"AWS": ROLE}, ALLOWED, DENIED),
        (ROLE, {"AWS": RUN}, UNDECIDED, UNDECIDED),
        ("ec2.amazonaws.com", {"Service": "ec2.amazonaws.com"}, ALLOWED, DENIED),
        ("ec2.amazonaws.com", {"Service": "ec2.amazonaws.com.cn"}, IMPLICIT, IMPLICIT),
        ("ec2.amazonaws.com", {"Service": "*"}, IMPLICIT, IMPLICIT),
        ("ec2.amazonaws.com", {"AWS": ACCOUNT}, IMPLICIT, IMPLICIT),
        ("*", "*", ALLOWED, DENIED),
        ("*", {"AWS": ACCOUNT}, IMPLICIT, IMPLICIT),
    ],
)
def test_naming(who: str | Principal, principal: object, when_allowed: Outcome, when_denied: Outcome) -> None:
    """Once in an Allow with nothing beside it, once in a Deny beside an identity-based policy that allows all."""
    statement = {"Principal": principal, "Action": "s3:*", "Resource": "*"}
    allow = PolicyStack(resource=bucket({"Effect": "Allow", **statement}))
    deny = PolicyStack(
        identity({"Effect": "Allow", "Action": "*", "Resource": "*"}), bucket({"Effect": "Deny", **statement})
    )
    assert evaluate(ask(who=who), allow).outcome is when_allowed
    assert evaluate(ask(who=who), deny).outcome is when_denied


@pytest.mark.parametrize(
    ("who", "listed", "when_allowed", "when_denied"),
    [
        (ANA, [ANA, ACCOUNT], IMPLICIT, ALLOWED),
        (ANA, [ANA], IMPLICIT, UNDECIDED),
        (ANA, [ACCOUNT], IMPLICIT, DENIED),
        (ANA, [OTHER], ALLOWED, DENIED),
        (ANA, ["*"], IMPLICIT, ALLOWED),
        (ANA, [f"arn:aws:iam::{ACCOUNT}:user/*"], IMPLICIT, UNDECIDED),
        # The root user is the account; in its own account it needs no grant.
        (f"arn:aws:iam::{ACCOUNT}:root", [ACCOUNT], ALLOWED, ALLOWED),
        (f"arn:aws:iam::{ACCOUNT}:root", [ANA], ALLOWED, DENIED),
        (WITH_PATH, [RUN, ROLE, ACCOUNT], IMPLICIT, ALLOWED),
        (WITH_PATH, [ROLE, ACCOUNT], IMPLICIT, UNDECIDED),
        (WITH_PATH, [APP, ACCOUNT], IMPLICIT, DENIED),
    ],
)
def test_not_principal(who: str | Principal, listed: list[str], when_allowed: Outcome, when_denied: Outcome) -> None:
    statement = {"NotPrincipal": {"AWS": listed}, "Action": "s3:*", "Resource": "*"}
    allow = PolicyStack(resource=bucket({"Effect": "Allow", **statement}))
    deny = PolicyStack(
        identity({"Effect": "Allow", "Action": "*", "Resource": "*"}), bucket({"Effect": "Deny", **statement})
    )
    assert evaluate(ask(who=who), allow).outcome is when_allowed
    assert evaluate(ask(who=who), deny).outcome is when_denied
