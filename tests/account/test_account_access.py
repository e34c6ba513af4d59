"""Who can, and what can: every principal of an account, those that a resource names, and what is not known of them."""

from __future__ import annotations

import json

import pytest

from passrole.account.access import what_can, who_can
from passrole.account.asking import Circumstances, request_of
from passrole.account.compiled_account import Beside, principals_of
from passrole.account.organization_tree import (
    RCP_FULL_ACCESS,
    RCP_FULL_ACCESS_DOCUMENT,
    OrganizationTree,
    Target,
)
from passrole.account.policy_layers import policy_layer
from passrole.account.snapshot import AccountSnapshot, ManagedPolicyState, RoleState, Supposed, Unreadable, UserState
from passrole.account.who import UnknownPrincipalError, find_principal
from passrole.engine.decision import Outcome
from passrole.engine.dependencies import depends_on
from passrole.engine.request import PrincipalType
from passrole.engine.stack import KeyGrant, Layer
from passrole.policy.model import PolicyType

A = "arn:aws:iam::111122223333"
OBJECT = "arn:aws:s3:::reports/ana/a.csv"


def policy(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def user(name: str, *statements: dict[str, object], **more: object) -> UserState:
    values: dict[str, object] = {"inline_policies": {"p": policy(*statements)} if statements else {}, **more}
    return UserState(name, "/", f"{A}:user/{name}", f"AIDA{name.upper():A<17}", **values)


def role(name: str, *statements: dict[str, object], path: str = "/", **more: object) -> RoleState:
    values: dict[str, object] = {"inline_policies": {"p": policy(*statements)} if statements else {}, **more}
    return RoleState(name, path, f"{A}:role{path}{name}", policy(), f"AROA{name.upper():A<17}", **values)


def account(*states: UserState | RoleState, **more: object) -> AccountSnapshot:
    return AccountSnapshot(
        "111122223333",
        users={state.name: state for state in states if isinstance(state, UserState)},
        roles={state.name: state for state in states if isinstance(state, RoleState)},
        **more,
    )


def bucket(*statements: dict[str, object]) -> Layer:
    return policy_layer(PolicyType.RESOURCE, {"bucket policy": policy(*statements)})


OWN = allow("s3:GetObject", "arn:aws:s3:::reports/${aws:username}/*")
STAFF = (
    user("ana", OWN),
    user("ben", OWN),
    user("cleo", allow("s3:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
    user("dan", allow("s3:*"), {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}),
    role("app", allow("s3:Get*", "arn:aws:s3:::reports/*")),
)
ROOT = f"{A}:root"


def outcomes(snapshot: AccountSnapshot, *question: str, **more: object) -> dict[str, Outcome]:
    answers = who_can(snapshot, *question, **more)
    return {answer.principal.arn.removeprefix(f"{A}:"): answer.decision.outcome for answer in answers}


class TestWhoCan:
    def test_everyone_of_the_account_is_asked(self) -> None:
        assert outcomes(account(*STAFF), "s3:GetObject", OBJECT) == {
            "root": Outcome.ALLOWED,
            "user/ana": Outcome.ALLOWED,
            "user/ben": Outcome.IMPLICIT_DENY,
            "user/cleo": Outcome.UNDECIDED,
            "user/dan": Outcome.EXPLICIT_DENY,
            "role/app": Outcome.ALLOWED,
        }

    def test_the_answer_can_be_explained(self) -> None:
        cleo = next(
            answer for answer in who_can(account(*STAFF), "s3:GetObject", OBJECT) if "cleo" in answer.principal.arn
        )
        (dependency,) = depends_on(cleo.request, cleo.stack)
        assert (dependency.key, dependency.would_allow) == ("aws:MultiFactorAuthPresent", ("true",))
        ana = who_can(account(*STAFF), "s3:GetObject", OBJECT)[1]
        assert [str(ref) for ref in ana.decision.determining] == ["user/ana inline policy p statement 1"]

    def test_what_is_said_of_the_request_counts(self) -> None:
        mfa = {"aws:MultiFactorAuthPresent": "true"}
        assert outcomes(account(*STAFF), "s3:GetObject", OBJECT, context=mfa)["user/cleo"] is Outcome.ALLOWED
        nothing_else = Circumstances(absent_keys=frozenset({"*"}))
        assert (
            outcomes(account(*STAFF), "s3:GetObject", OBJECT, circumstances=nothing_else)["user/cleo"]
            is Outcome.IMPLICIT_DENY
        )

    def test_whom_the_resource_names_is_asked_too(self) -> None:
        names = bucket(
            {**allow("s3:GetObject"), "Principal": {"Service": ["a.amazonaws.com", "b.amazonaws.com"]}},
            {
                **allow("s3:GetObject"),
                "Principal": {"AWS": ["444455556666", "arn:aws:iam::777788889999:role/x", f"{A}:user/ben"]},
            },
            {**allow("s3:PutObject"), "Principal": "*"},
            {"Effect": "Deny", "Principal": {"Service": "c.amazonaws.com"}, "Action": "*", "Resource": "*"},
        )
        found = outcomes(account(*STAFF), "s3:GetObject", OBJECT, resource_layer=names)
        assert found["user/ben"] is Outcome.ALLOWED
        elsewhere = {arn: outcome for arn, outcome in found.items() if "/" not in arn or "7777" in arn}
        assert elsewhere == {
            "root": Outcome.ALLOWED,
            "a.amazonaws.com": Outcome.ALLOWED,
            "b.amazonaws.com": Outcome.ALLOWED,
            "arn:aws:iam::444455556666:root": Outcome.UNDECIDED,
            "arn:aws:iam::777788889999:role/x": Outcome.UNDECIDED,
            "*": Outcome.IMPLICIT_DENY,
        }

    def test_of_a_role_its_trust_policy_decides(self) -> None:
        trust = policy_layer(
            PolicyType.TRUST,
            {
                "role/app trust policy": policy(
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "vmie.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                        "Condition": {"StringEquals": {"sts:ExternalId": "vmimport"}},
                    },
                    {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
                    {
                        "Effect": "Allow",
                        "Principal": {"Federated": f"{A}:oidc-provider/idp.example.com"},
                        "Action": "sts:AssumeRoleWithWebIdentity",
                    },
                )
            },
        )
        snapshot = account(user("ana"))
        found = outcomes(snapshot, "sts:AssumeRole", f"{A}:role/app", resource_layer=trust)
        # Nobody assumes a role without credentials, and the root user may not.
        assert found == {
            "root": Outcome.IMPLICIT_DENY,
            "user/ana": Outcome.ALLOWED,
            "vmie.amazonaws.com": Outcome.ALLOWED,
        }
        found = outcomes(snapshot, "sts:AssumeRoleWithWebIdentity", f"{A}:role/app", resource_layer=trust)
        assert found["oidc-provider/idp.example.com"] is Outcome.ALLOWED

    def test_what_could_not_be_read_is_undecided(self) -> None:
        unread = Unreadable("iam:GetUser", "not authorized")
        snapshot = AccountSnapshot(
            "111122223333",
            users={"ana": unread, "ben": user("ben", inline_policies=unread)},
            roles={"app": role("app", attached_policy_arns=(f"{A}:policy/p",))},
            managed_policies={f"{A}:policy/p": unread},
        )
        found = outcomes(snapshot, "s3:GetObject", OBJECT)
        assert found.pop("root") is Outcome.ALLOWED
        assert set(found.values()) == {Outcome.UNDECIDED}
        assert len(found) == 3

    def test_service_control_policies_that_are_supposed_are_told(self) -> None:
        snapshot = account(*STAFF, organization_policies=Supposed("none applies"))
        root, ana = who_can(snapshot, "s3:GetObject", OBJECT)[:2]
        assert (root.decision.assumptions, ana.decision.assumptions) == (("none applies",), ("none applies",))

    def test_what_stands_beside_the_policies(self) -> None:
        key = "arn:aws:kms:us-east-1:111122223333:key/k"
        grants = Beside(grants=(KeyGrant(f"{A}:user/ana", frozenset({"Decrypt"})),))
        found = outcomes(account(*STAFF), "kms:Decrypt", key, beside=grants)
        assert found["user/ana"] is Outcome.ALLOWED
        assert found["user/ben"] is Outcome.IMPLICIT_DENY


class TestRequests:
    def test_tags_are_the_principals(self) -> None:
        ana = user("ana", tags={"Team": "blue"})
        request = request_of(account(ana), find_principal(account(ana), "user/ana"), "s3:GetObject", OBJECT)
        assert request.context == {"aws:PrincipalTag/Team": "blue"}
        assert "aws:PrincipalTag/*" in request.absent_keys
        app = role("app", tags={"Team": "blue"})
        request = request_of(account(app), find_principal(account(app), "role/app"), "s3:GetObject", OBJECT)
        assert (request.context, request.absent_keys) == ({"aws:PrincipalTag/Team": "blue"}, frozenset())
        given = {"aws:principaltag/team": "red"}
        assert request_of(account(app), request.principal, "s3:GetObject", OBJECT, given).context == given

    @pytest.mark.parametrize(
        ("resource", "owner"),
        [
            (OBJECT, "111122223333"),
            ("*", "111122223333"),
            ("arn:aws:sqs:us-east-1:444455556666:q", "444455556666"),
        ],
    )
    def test_account_of_the_resource(self, resource: str, owner: str) -> None:
        snapshot = account(user("ana"))
        assert (
            request_of(snapshot, find_principal(snapshot, "user/ana"), "s3:GetObject", resource).resource_account
            == owner
        )

    def test_a_service_linked_role_is_told_by_its_path(self) -> None:
        linked = role("AWSServiceRoleForX", path="/aws-service-role/x.amazonaws.com/")
        named_so = role("AWSServiceRoleForY")
        kinds = [principal.type for principal in principals_of(account(linked, named_so))]
        assert kinds == [PrincipalType.ROOT_USER, PrincipalType.SERVICE_LINKED_ROLE_SESSION, PrincipalType.ROLE_SESSION]
        session = find_principal(account(linked), "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/x")
        assert session.type is PrincipalType.SERVICE_LINKED_ROLE_SESSION


class TestWhatCan:
    def told(self, snapshot: AccountSnapshot, principal: str, *actions: str) -> list[tuple[str, str, Outcome]]:
        return [(one.action, one.reach.pattern, one.decision.outcome) for one in what_can(snapshot, principal, actions)]

    def test_every_pattern_of_an_allow(self) -> None:
        ana = user(
            "ana", allow(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::a", "arn:aws:s3:::a/*", "arn:aws:s3:::b"])
        )
        assert self.told(account(ana), "user/ana", "s3:GetObject", "s3:ListBucket", "s3:PutObject") == [
            # A bucket is no object, and an object no bucket: AWS never asks about these.
            ("s3:GetObject", "arn:aws:s3:::a/*", Outcome.ALLOWED),
            ("s3:ListBucket", "arn:aws:s3:::a", Outcome.ALLOWED),
            ("s3:ListBucket", "arn:aws:s3:::b", Outcome.ALLOWED),
        ]

    def test_variables_are_filled_in(self) -> None:
        assert self.told(account(*STAFF), "user/ana", "s3:GetObject") == [
            ("s3:GetObject", "arn:aws:s3:::reports/ana/*", Outcome.ALLOWED)
        ]

    def test_the_example_is_of_the_kind_that_aws_publishes(self) -> None:
        answers = what_can(account(user("ana", allow("*"))), "user/ana", ["sqs:SendMessage", "ec2:DescribeInstances"])
        assert [one.reach.example for one in answers] == ["arn:aws:sqs:us-east-1:111122223333:x", "*"]

    def test_denies_and_conditions(self) -> None:
        dan = {one.decision.outcome for one in what_can(account(*STAFF), "user/dan", ["s3:GetObject"])}
        assert dan == {Outcome.EXPLICIT_DENY}
        assert self.told(account(*STAFF), "user/cleo", "s3:PutObject")[0][2] is Outcome.UNDECIDED

    def test_a_deny_elsewhere_is_a_limit(self) -> None:
        deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::reports/secret/*"}
        (answer,) = what_can(account(user("ana", allow("s3:GetObject"), deny)), "user/ana", ["s3:GetObject"])
        assert answer.decision.outcome is Outcome.ALLOWED
        assert [str(ref) for ref in answer.reach.limits] == ["user/ana inline policy p statement 2"]

    def test_not_action_and_not_resource(self) -> None:
        power = user("ana", {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::secret/*"})
        assert self.told(account(power), "user/ana", "iam:GetUser", "s3:GetObject") == [
            ("s3:GetObject", "all but arn:aws:s3:::secret/*", Outcome.ALLOWED)
        ]

    def test_the_boundary_limits(self) -> None:
        boundary = ManagedPolicyState(f"{A}:policy/b", "b", "/", policy(allow("s3:*")), "v1")
        ana = user("ana", allow("*"), boundary_arn=boundary.arn)
        snapshot = account(ana, managed_policies={boundary.arn: boundary})
        told = self.told(snapshot, "user/ana", "s3:GetObject", "ec2:StopInstances")
        assert [outcome for _, _, outcome in told] == [Outcome.ALLOWED, Outcome.IMPLICIT_DENY]

    def test_resource_control_policies_of_the_organization(self) -> None:
        # <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
        deny = policy({"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "*"})
        full = {RCP_FULL_ACCESS: RCP_FULL_ACCESS_DOCUMENT}
        targets = [
            Target("r-ab12", "root", None, {}, {**full, "no deletion": deny}),
            Target("999988887777", "management", "r-ab12", {}, full),
            Target("111122223333", "member", "r-ab12", {}, full),
        ]
        tree = OrganizationTree("o-a1b2c3d4e5", "999988887777", {target.id: target for target in targets})
        asked = ["s3:DeleteObject", "s3:GetObject"]
        answers = what_can(account(user("ana", allow("s3:*"))), "user/ana", asked, organization=tree)
        assert [one.decision.outcome for one in answers] == [Outcome.EXPLICIT_DENY, Outcome.ALLOWED]

    def test_root_user_and_what_is_not_known(self) -> None:
        assert self.told(account(), ROOT, "s3:GetObject") == [("s3:GetObject", "*", Outcome.ALLOWED)]
        unread = account(user("ana", inline_policies=Unreadable("iam:ListUserPolicies", "no")))
        assert self.told(unread, "user/ana", "s3:GetObject") == [("s3:GetObject", "*", Outcome.UNDECIDED)]
        assert self.told(account(user("ana")), "user/ana", "s3:GetObject") == []
        with pytest.raises(UnknownPrincipalError):
            what_can(account(), "user/nobody", ["s3:GetObject"])


def test_without_a_layer_nobody_from_outside_is_asked() -> None:
    assert set(outcomes(account(), "s3:GetObject", OBJECT)) == {"root"}
