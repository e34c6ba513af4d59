"""A compiled stack answers what `evaluate` answers: the whole decision, with its statements, reasons and assumptions."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from tests.engine.engine_strategies import ACCOUNT, IAM, OTHER, questions, requests, stacks

from passrole.engine.evaluate import evaluate
from passrole.engine.fast.compiled_stack import compile_stack
from passrole.engine.request import Organization, Request
from passrole.engine.stack import KeyGrant, PolicyStack, Unknown

BOUNDED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

ORGANIZATIONS = (
    None,
    None,
    Organization(ACCOUNT, "o-a1b2c3d4e5", {ACCOUNT: "o-a1b2c3d4e5/r-ab12/"}),
    Organization(OTHER, "o-a1b2c3d4e5", {ACCOUNT: "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/", OTHER: None}),
)
MORE_QUESTIONS = (
    ("iam:DeleteRole", f"{IAM}role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"),
    ("iam:DeleteRole", f"{IAM}role/app"),
    ("iam:TagRole", f"{IAM}role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_x"),
    ("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ("kms:CreateAlias", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/s3"),
    ("kms:RetireGrant", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"),
    ("ec2:DescribeInstances", "*"),
)
UNKNOWN = (
    frozenset[str](),
    frozenset[str](),
    frozenset({"*"}),
    frozenset({"aws:*"}),
    frozenset({"aws:PrincipalTag/*"}),
    frozenset({"AWS:UserName"}),
)


@st.composite
def wide_requests(draw: st.DrawFn) -> Request:
    """Requests that use all that a request can say."""
    request = draw(requests())
    if draw(st.booleans()):
        action, resource = draw(st.sampled_from(MORE_QUESTIONS))
        request = replace(request, action=action, resource=resource)
    context = {**request.context, **draw(MORE_CONTEXT)}
    return replace(
        request,
        context=context,
        called_via=draw(st.sampled_from(((), (), ("athena.amazonaws.com",), ("a.amazonaws.com", "b.amazonaws.com")))),
        organization=draw(st.sampled_from(ORGANIZATIONS)),
        unknown_keys=request.unknown_keys or draw(st.sampled_from(UNKNOWN)),
        absent_keys=draw(st.sampled_from(UNKNOWN)),
    )


MORE_CONTEXT: SearchStrategy[dict[str, str | tuple[str, ...]]] = st.dictionaries(
    st.sampled_from(("aws:ResourceAccount", "aws:PrincipalOrgPaths", "aws:tagkeys", "AWS:USERNAME", "aws:SourceIp")),
    st.sampled_from((ACCOUNT, "", "ana", ("ana",), ("ana", ""), (), ("true", "10"))),
    max_size=2,
)


@st.composite
def wide_stacks(draw: st.DrawFn) -> PolicyStack:
    grants = (KeyGrant("ec2.amazonaws.com", frozenset({"Decrypt"}), context_subset={"a": "b"}),)
    return replace(
        draw(stacks(draw(st.sampled_from(("s3:GetObject", "sts:AssumeRole"))))),
        grants=draw(st.sampled_from(((), (), grants, Unknown("not readable")))),
        aws_managed_key=draw(st.booleans()),
        restrict_public_buckets=draw(st.sampled_from((False, False, True, Unknown("not readable")))),
    )


@BOUNDED
@given(questions())
def test_one_request(question: tuple[Request, PolicyStack]) -> None:
    request, stack = question
    assert compile_stack(stack).decide(request) == evaluate(request, stack)


@BOUNDED
@given(stacks(), st.lists(requests(), min_size=2, max_size=12))
def test_many_requests_to_one_stack(stack: PolicyStack, asked: list[Request]) -> None:
    compiled = compile_stack(stack)
    for request in asked + asked[::-1]:
        assert compiled.decide(request) == evaluate(request, stack)


@BOUNDED
@given(wide_stacks(), st.lists(wide_requests(), min_size=2, max_size=6))
def test_requests_that_share_a_plan(stack: PolicyStack, asked: list[Request]) -> None:
    """The same principal and action with other resources, contexts and owners: what is kept for one must fit all."""
    compiled = compile_stack(stack)
    first = asked[0]
    for request in asked:
        for mixed in (
            request,
            replace(first, context=request.context),
            replace(first, resource=request.resource, resource_account=request.resource_account),
            replace(first, organization=request.organization, called_via=request.called_via),
            replace(first, unknown_keys=request.unknown_keys, absent_keys=request.absent_keys),
        ):
            assert compiled.decide(mixed) == evaluate(mixed, stack)
