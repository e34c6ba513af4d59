"""AWS's words for a denial; the expected texts are those of AWS's page, with its own examples' form."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.engine.engine_builders import ANA, APP, DENY_ALL, OTHER, ask, document

from passrole.engine.decision import Decision, Outcome, StatementRef
from passrole.engine.request import Organization
from passrole.engine.stack import AttachedPolicy
from passrole.engine.wording import denial_message
from passrole.policy.model import PolicyType

REFUSED = f"User: {ANA} is not authorized to perform: iam:PassRole on resource: {APP}"


@pytest.mark.parametrize(
    ("outcome", "by", "ending"),
    [
        (
            Outcome.IMPLICIT_DENY,
            PolicyType.IDENTITY,
            " because no identity-based policy allows the iam:PassRole action",
        ),
        (
            Outcome.IMPLICIT_DENY,
            PolicyType.RESOURCE,
            " because no resource-based policy allows the iam:PassRole action",
        ),
        (Outcome.IMPLICIT_DENY, PolicyType.SESSION, " because no session policy allows the iam:PassRole action"),
        (Outcome.IMPLICIT_DENY, PolicyType.BOUNDARY, " because no permissions boundary allows the iam:PassRole action"),
        (Outcome.IMPLICIT_DENY, PolicyType.SCP, " because no service control policy allows the iam:PassRole action"),
        (Outcome.IMPLICIT_DENY, PolicyType.ENDPOINT, " because no VPC endpoint policy allows the iam:PassRole action"),
        (Outcome.EXPLICIT_DENY, PolicyType.IDENTITY, " with an explicit deny in an identity-based policy"),
        (Outcome.EXPLICIT_DENY, PolicyType.RESOURCE, " with an explicit deny in a resource-based policy"),
        (Outcome.EXPLICIT_DENY, PolicyType.TRUST, " with an explicit deny in the role trust policy"),
        (Outcome.EXPLICIT_DENY, PolicyType.SCP, " with an explicit deny in a service control policy"),
        (Outcome.EXPLICIT_DENY, PolicyType.RCP, " with an explicit deny in a resource control policy"),
        (Outcome.EXPLICIT_DENY, PolicyType.BOUNDARY, " with an explicit deny in a permissions boundary"),
        (Outcome.EXPLICIT_DENY, PolicyType.ENDPOINT, " with an explicit deny in a VPC endpoint policy"),
        (Outcome.EXPLICIT_DENY, PolicyType.SESSION, " with an explicit deny in a sessions policy"),
        (Outcome.UNDECIDED, None, ""),
    ],
)
def test_denial_message(outcome: Outcome, by: PolicyType | None, ending: str) -> None:
    assert denial_message(ask("iam:PassRole", APP), Decision(outcome, by)) == REFUSED + ending


def test_assume_role() -> None:
    message = denial_message(ask("sts:AssumeRole", APP), Decision(Outcome.IMPLICIT_DENY, PolicyType.TRUST))
    assert message.endswith(" because no role trust policy allows the sts:AssumeRole action")


def test_s3_quotes_the_resource_and_tells_other_accounts_nothing() -> None:
    decision = Decision(Outcome.IMPLICIT_DENY, PolicyType.IDENTITY)
    assert denial_message(ask(), decision) == (
        f'User: {ANA} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::reports/a.csv" '
        "because no identity-based policy allows the s3:GetObject action"
    )
    assert denial_message(ask(owner=OTHER), decision) == "Access Denied"


def test_ec2_and_anonymous() -> None:
    decision = Decision(Outcome.IMPLICIT_DENY, PolicyType.IDENTITY)
    message = denial_message(ask("ec2:RunInstances", "*"), decision)
    assert message.startswith(f"You are not authorized to perform this operation. User: {ANA} is not authorized")
    assert denial_message(ask("sns:Publish", "*", who="*"), decision).startswith("User: anonymous is not authorized")


def test_every_policy_type_has_its_words() -> None:
    for by in PolicyType:
        for outcome in (Outcome.IMPLICIT_DENY, Outcome.EXPLICIT_DENY):
            assert denial_message(ask("iam:PassRole", APP), Decision(outcome, by)).startswith(REFUSED + " ")


def test_an_allowed_request_has_none() -> None:
    with pytest.raises(AssertionError):
        denial_message(ask(), Decision(Outcome.ALLOWED, PolicyType.IDENTITY))


class TestNewerForm:
    """The form that names the policy: the example of AWS's Security Blog, with what the blog says it covers."""

    MATT = "arn:aws:iam::123456789012:user/Matt"
    SCP = "arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd"
    REQUEST = ask("iam:ListRoles", "arn:aws:iam::123456789012:role/*", who=MATT, owner="123456789012")

    def decision(self, by: PolicyType, name: str) -> Decision:
        attached = AttachedPolicy(by, name, document(DENY_ALL))
        return Decision(Outcome.EXPLICIT_DENY, by, (StatementRef(attached, 0),))

    def test_example_of_the_blog(self) -> None:
        message = denial_message(self.REQUEST, self.decision(PolicyType.SCP, self.SCP), name_policy=True)
        assert message == (
            f"User: {self.MATT} is not authorized to perform: iam:ListRoles on resource: "
            f"arn:aws:iam::123456789012:role/* with an explicit deny in a service control policy: {self.SCP}"
        )
        without = denial_message(self.REQUEST, self.decision(PolicyType.SCP, self.SCP))
        assert without == message.removesuffix(f": {self.SCP}")

    @pytest.mark.parametrize("by", list(PolicyType))
    def test_types(self, by: PolicyType) -> None:
        arn = "arn:aws:iam::123456789012:policy/p"
        named = denial_message(self.REQUEST, self.decision(by, arn), name_policy=True).endswith(arn)
        covered = {PolicyType.SCP, PolicyType.RCP, PolicyType.BOUNDARY, PolicyType.SESSION, PolicyType.IDENTITY}
        assert named is (by in covered)

    def test_a_policy_without_arn_is_not_named(self) -> None:
        message = denial_message(self.REQUEST, self.decision(PolicyType.IDENTITY, "inline"), name_policy=True)
        assert message.endswith("an explicit deny in an identity-based policy")

    def test_only_within_an_account_or_an_organization(self) -> None:
        elsewhere = replace(self.REQUEST, resource_account=OTHER)
        decision = self.decision(PolicyType.SCP, self.SCP)
        assert not denial_message(elsewhere, decision, name_policy=True).endswith(self.SCP)
        together = replace(elsewhere, organization=Organization(None, "o-1", {"123456789012": None, OTHER: None}))
        assert denial_message(together, decision, name_policy=True).endswith(self.SCP)
