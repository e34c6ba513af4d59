"""The policy simulator, held against the examples on AWS's pages and recorded answers.

Sources: IAM API Reference, SimulatePrincipalPolicy, SimulateCustomPolicy, EvaluationResult; the AWS CLI's examples;
boto3's issue 3111 (which context keys are missing).
"""

from __future__ import annotations

import json

import pytest

from passrole.account.operations.simulation import MOST_EVALUATIONS

ACCOUNT = "111122223333"


def custom(api, *policies, actions=("s3:GetObject",), **more) -> list[dict]:
    documents = [policy if isinstance(policy, str) else json.dumps(policy) for policy in policies]
    return api("SimulateCustomPolicy", PolicyInputList=documents, ActionNames=list(actions), **more)[
        "EvaluationResults"
    ]


def entry(name: str, *values: str, type: str = "string") -> dict:  # noqa: A002
    return {"ContextKeyName": name, "ContextKeyValues": list(values), "ContextKeyType": type}


AFTER = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":'
    '{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
)


def test_first_example_of_the_cli(api):
    """simulate-custom-policy, Example 1, with the source type that recorded answers have."""
    given = [entry("aws:CurrentTime", "2019-04-25T11:00:00Z", type="date")]
    assert custom(api, AFTER, actions=["dynamodb:CreateBackup"], ContextEntries=given) == [
        {
            "EvalActionName": "dynamodb:CreateBackup",
            "EvalResourceName": "*",
            "EvalDecision": "allowed",
            "MatchedStatements": [
                {
                    "SourcePolicyId": "PolicyInputList.1",
                    "SourcePolicyType": "IAM Policy",
                    "StartPosition": {"Line": 1, "Column": 38},
                    "EndPosition": {"Line": 1, "Column": 167},
                }
            ],
            "MissingContextValues": [],
        }
    ]


def test_second_example_of_the_cli(api):
    given = [entry("aws:CurrentTime", "2014-04-25T11:00:00Z", type="date")]
    (result,) = custom(api, AFTER, actions=["dynamodb:CreateBackup"], ContextEntries=given)
    assert (result["EvalDecision"], result["MatchedStatements"]) == ("implicitDeny", [])
    assert result["MissingContextValues"] == []


@pytest.mark.parametrize(
    ("document", "action", "start", "end"),
    [
        # Recorded for AdministratorAccess as AWS once wrote it: a list, its bracket in line 3, column 16.
        (
            '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {\n      "Effect": "Allow",\n      "Action": "*",\n'
            '      "Resource": "*"\n    }\n  ]\n}\n',
            "s3:ListBucket",
            (3, 17),
            (8, 6),
        ),
        # API_SimulatePrincipalPolicy, first example: one statement without a list.
        (
            '{\n  "Version":"2012-10-17",\n  "Statement":{\n    "Effect":"Allow",\n    "Action":"s3:PutObject",\n'
            '    "Resource":"*"\n  }\n}',
            "s3:PutObject",
            (3, 16),
            (7, 4),
        ),
        # A later statement of a list begins where the one before ends.
        (
            '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"a:b","Resource":"*"},'
            '{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}',
            "s3:GetObject",
            (1, 85),
            (1, 138),
        ),
    ],
)
def test_positions_of_a_statement(api, document, action, start, end):
    (result,) = custom(api, document, actions=[action])
    (statement,) = result["MatchedStatements"]
    for name, (line, column) in (("StartPosition", start), ("EndPosition", end)):
        assert statement[name] == {"Line": line, "Column": column}, name


def test_one_result_for_an_action_and_a_part_for_each_resource(api, say):
    """ "The top-level EvalDecision reflects the most restrictive decision across all resources"."""
    good, bad = "arn:aws:s3:::b/good", "arn:aws:s3:::b/bad"
    policy = say.document(say.allow("s3:*"), {"Effect": "Deny", "Action": "s3:*", "Resource": bad})
    (result,) = custom(api, policy, ResourceArns=[good, bad])
    assert result["EvalResourceName"] == "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
    assert result["EvalDecision"] == "explicitDeny"
    parts = {part["EvalResourceName"]: part for part in result["ResourceSpecificResults"]}
    assert parts[good]["EvalResourceDecision"] == "allowed"
    assert parts[bad]["EvalResourceDecision"] == "explicitDeny"
    # "Only statements that contributed to the reported decision are included."
    assert result["MatchedStatements"] == parts[bad]["MatchedStatements"] != parts[good]["MatchedStatements"]
    # "present but the response is empty" within one account.
    assert result["EvalDecisionDetails"] == {}


def test_without_resources_nothing_is_said_of_each(api, say):
    (result,) = custom(api, say.document(say.allow("s3:*")))
    assert not {"ResourceSpecificResults", "EvalDecisionDetails"} & set(result)


def test_missing_keys_are_those_of_the_whole_policies(api, say):
    """boto3's issue 3111: a key of a statement about another action is listed, too."""
    policy = say.document(
        say.allow("s3:ListBucket", Condition={"StringLike": {"aws:PrincipalTag/allowed_service": "s3"}}),
        say.allow("s3:GetObject", resource="arn:aws:s3:::example-bucket/${aws:username}"),
    )
    (result,) = custom(api, policy, actions=["s3:ListBucket"])
    assert result["EvalDecision"] == "implicitDeny"
    assert result["MissingContextValues"] == ["aws:PrincipalTag/allowed_service", "aws:username"]
    (result,) = custom(
        api, policy, actions=["s3:ListBucket"], ContextEntries=[entry("aws:principaltag/allowed_service", "s3")]
    )
    assert result["EvalDecision"] == "allowed"
    assert result["MissingContextValues"] == ["aws:username"]


def test_same_account_with_a_resource_policy_that_names_the_user(api, say):
    """API_SimulateCustomPolicy, "Same-Account Simulation": the boundary does not limit it."""
    mateo = f"arn:aws:iam::{ACCOUNT}:user/mateo"
    iam = say.document(say.allow("iam:*"))
    resource_policy = say.document(
        {**say.allow("s3:List*", "s3:Put*", resource="arn:aws:s3:::production/*"), "Principal": {"AWS": mateo}}
    )
    (result,) = custom(
        api,
        iam,
        actions=["s3:PutObject"],
        CallerArn=mateo,
        ResourceArns=["arn:aws:s3:::production/Test"],
        ResourceOwner=f"arn:aws:iam::{ACCOUNT}:root",
        PermissionsBoundaryPolicyInputList=[iam],
        ResourcePolicy=resource_policy,
    )
    assert result["EvalDecision"] == "allowed"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert result["EvalDecisionDetails"] == {}
    (statement,) = result["MatchedStatements"]
    assert (statement["SourcePolicyId"], statement["SourcePolicyType"]) == ("ResourcePolicy", "Resource Policy")


def test_cross_account(api, say):
    """API_SimulatePrincipalPolicy, "Cross-Account Simulation"."""
    arnav = api("CreateUser", UserName="arnav")["User"]["Arn"]
    resource_policy = say.document(
        {**say.allow("s3:List*", "s3:Put*", resource="arn:aws:s3:::mary/*"), "Principal": {"AWS": arnav}}
    )
    (result,) = api(
        "SimulatePrincipalPolicy",
        PolicySourceArn=arnav,
        ActionNames=["s3:PutObject"],
        ResourceArns=["arn:aws:s3:::mary/Test"],
        ResourceOwner="arn:aws:iam::123456789012:root",
        PermissionsBoundaryPolicyInputList=[say.document(say.allow("iam:*"))],
        ResourcePolicy=resource_policy,
    )["EvaluationResults"]
    assert result["EvalDecision"] == "implicitDeny"
    details = {
        "IAM Policy": "implicitDeny",
        "Resource Policy": "allowed",
        "Permissions Boundary Policy": "implicitDeny",
    }
    assert result["EvalDecisionDetails"] == details
    assert result["MatchedStatements"] == []
    (part,) = result["ResourceSpecificResults"]
    assert part["EvalDecisionDetails"] == details
    assert [one["SourcePolicyId"] for one in part["MatchedStatements"]] == ["ResourcePolicy"]


def test_principal_has_policies_of_its_own_its_groups_and_its_boundary(api, say):
    arn = api("CreateUser", UserName="jill")["User"]["Arn"]
    api("CreateGroup", GroupName="readers")
    api("AddUserToGroup", GroupName="readers", UserName="jill")
    api(
        "PutGroupPolicy", GroupName="readers", PolicyName="read", PolicyDocument=say.document(say.allow("s3:GetObject"))
    )
    api("PutUserPolicy", UserName="jill", PolicyName="list", PolicyDocument=say.document(say.allow("s3:ListBucket")))
    api("AttachUserPolicy", UserName="jill", PolicyArn="arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess")
    actions = ["s3:GetObject", "s3:ListBucket", "sqs:ListQueues", "s3:DeleteObject"]
    results = api("SimulatePrincipalPolicy", PolicySourceArn=arn, ActionNames=actions)["EvaluationResults"]
    assert [one["EvalActionName"] for one in results] == actions
    assert [[s["SourcePolicyId"] for s in one["MatchedStatements"]] for one in results] == [
        ["group_readers_read"],
        ["user_jill_list"],
        ["AmazonSQSReadOnlyAccess"],
        [],
    ]
    assert [one["EvalDecision"] for one in results] == ["allowed"] * 3 + ["implicitDeny"]
    boundary = api("CreatePolicy", PolicyName="b", PolicyDocument=say.document(say.allow("s3:ListBucket")))
    api("PutUserPermissionsBoundary", UserName="jill", PermissionsBoundary=boundary["Policy"]["Arn"])
    results = api("SimulatePrincipalPolicy", PolicySourceArn=arn, ActionNames=actions)["EvaluationResults"]
    assert [one["EvalDecision"] for one in results] == ["implicitDeny", "allowed", "implicitDeny", "implicitDeny"]
    assert [one["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for one in results] == [
        False,
        True,
        False,
        False,
    ]


def test_group_as_source(api, say):
    arn = api("CreateGroup", GroupName="readers")["Group"]["Arn"]
    api(
        "PutGroupPolicy", GroupName="readers", PolicyName="read", PolicyDocument=say.document(say.allow("s3:GetObject"))
    )
    (result,) = api("SimulatePrincipalPolicy", PolicySourceArn=arn, ActionNames=["s3:GetObject"])["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"


def test_what_a_caller_is_counts(api, say):
    """ "as if Bob had David's policies"."""
    david, bob = (api("CreateUser", UserName=name)["User"]["Arn"] for name in ("David", "Bob"))
    own = say.document(say.allow("s3:GetObject", resource="arn:aws:s3:::home/${aws:username}"))
    api("PutUserPolicy", UserName="David", PolicyName="own", PolicyDocument=own)
    for caller, expected in ((david, "implicitDeny"), (bob, "allowed")):
        (result,) = api(
            "SimulatePrincipalPolicy",
            PolicySourceArn=david,
            CallerArn=caller,
            ActionNames=["s3:GetObject"],
            ResourceArns=["arn:aws:s3:::home/Bob"],
        )["EvaluationResults"]
        assert result["EvalDecision"] == expected
        assert result["MissingContextValues"] == []


def test_exclusions(api, say):
    arn = api("CreateUser", UserName="jill")["User"]["Arn"]
    everything = say.document(say.allow("*"))
    own = api("CreatePolicy", PolicyName="own-7", PolicyDocument=everything)["Policy"]["Arn"]
    api("PutUserPolicy", UserName="jill", PolicyName="inline", PolicyDocument=everything)
    api("AttachUserPolicy", UserName="jill", PolicyArn=own)
    api("AttachUserPolicy", UserName="jill", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    inline = {"InlinePolicyIdentifier": {"PolicyName": "inline", "AttachmentType": "user", "AttachmentName": "j*"}}

    def left(*excluded: dict) -> set[str]:
        (result,) = api(
            "SimulatePrincipalPolicy",
            PolicySourceArn=arn,
            ActionNames=["s3:GetObject"],
            PolicyExclusionList=list(excluded),
        )["EvaluationResults"]
        return {one["SourcePolicyId"] for one in result["MatchedStatements"]}

    assert left() == {"user_jill_inline", "own-7", "AdministratorAccess"}
    assert left({"PolicyType": "aws-managed"}) == {"user_jill_inline", "own-7"}
    assert left({"PolicyType": "user-managed"}, inline) == {"AdministratorAccess"}
    assert left({"PolicyArn": own.replace("own-7", "own-?")}) == {"user_jill_inline", "AdministratorAccess"}
    assert left({"PolicyType": "inline"}, {"PolicyType": "rcp"}) == {"own-7", "AdministratorAccess"}


@pytest.mark.parametrize(
    "excluded",
    [
        {"PolicyArn": "arn:aws:iam::*:policy/x-and-more"},
        {"PolicyArn": "arn:aws:iam::111122223333:policy/a*b*"},
    ],
)
def test_exclusions_that_are_refused(api, refused, excluded):
    arn = api("CreateUser", UserName="jill")["User"]["Arn"]
    with refused("InvalidInput"):
        api("SimulatePrincipalPolicy", PolicySourceArn=arn, ActionNames=["a:b"], PolicyExclusionList=[excluded])


def test_exclusion_is_one_of_three(api, refused):
    """boto3 checks it itself."""
    if api.through_botocore:
        return
    arn = api("CreateUser", UserName="jill")["User"]["Arn"]
    for excluded in ({}, {"PolicyArn": "arn:aws:iam::111122223333:policy/a", "PolicyType": "inline"}):
        with refused("InvalidInput"):
            api("SimulatePrincipalPolicy", PolicySourceArn=arn, ActionNames=["a:b"], PolicyExclusionList=[excluded])


def test_levels_of_an_organization(api, say):
    """Every level must allow; its statements are not shown, nor are its keys missed."""
    full, s3 = say.document(say.allow("*")), say.document(say.allow("s3:*"))
    limited = say.document(say.allow("*"), {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"})
    keyed = say.document(say.allow("*", Condition={"Bool": {"aws:SecureTransport": "true"}}))

    def levels(*documents: str) -> dict:
        given = [{"ServiceControlPolicyInputList": [document]} for document in documents]
        (result,) = custom(api, s3, ResourceArns=["arn:aws:s3:::b/k"], OrderedOrganizationPolicyInputList=given)
        return result

    allowed = levels(full, s3)
    assert allowed["EvalDecision"] == "allowed"
    assert allowed["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": True}
    assert [one["SourcePolicyId"] for one in allowed["MatchedStatements"]] == ["PolicyInputList.1"]
    for documents, decision in (((full, limited), "explicitDeny"), ((keyed, full), "implicitDeny")):
        result = levels(*documents)
        assert result["EvalDecision"] == decision
        assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}
        assert (result["MatchedStatements"], result["MissingContextValues"]) == ([], [])
        # "policy evaluation does not proceed any further and this parameter is not returned"
        assert "EvalDecisionDetails" not in result


def test_lists_make_multivalued_keys(api, say):
    policy = say.document(
        say.allow("ec2:*", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}),
    )
    for values, expected in ((("a", "b"), "allowed"), (("a", "c"), "implicitDeny")):
        given = [entry("aws:TagKeys", *values, type="stringList")]
        (result,) = custom(api, policy, actions=["ec2:CreateTags"], ContextEntries=given)
        assert result["EvalDecision"] == expected


def test_pages(api, say):
    actions = [f"s3:Get{letter}" for letter in "ABCDE"]
    document, seen, marker = say.document(say.allow("s3:*")), [], {}
    while True:
        answer = api("SimulateCustomPolicy", PolicyInputList=[document], ActionNames=actions, MaxItems=2, **marker)
        seen.append([one["EvalActionName"] for one in answer["EvaluationResults"]])
        if not answer["IsTruncated"]:
            break
        marker = {"Marker": answer["Marker"]}
    assert seen == [actions[:2], actions[2:4], actions[4:]]


@pytest.mark.parametrize(
    "arn",
    ["arn:aws:sts::111122223333:assumed-role/Admin/me", "arn:aws:iam::111122223333:root", "x" * 30],
)
def test_source_that_is_no_entity(api, refused, arn):
    """The text is that of recorded answers."""
    with refused("InvalidInput", f"Invalid Entity Arn: {arn} does not clearly define entity type and name."):
        api("SimulatePrincipalPolicy", PolicySourceArn=arn, ActionNames=["s3:GetObject"])


def test_source_that_is_not_there(api, refused):
    with refused("NoSuchEntity", "The role with name none cannot be found."):
        api(
            "SimulatePrincipalPolicy", PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:role/none", ActionNames=["s3:GetObject"]
        )


def test_resource_policy_needs_a_user_as_caller(api, refused, say):
    """Both texts are those of recorded answers."""
    policy = say.document({**say.allow("s3:*"), "Principal": "*"})
    with refused("InvalidInput", "Invalid caller - Caller cannot be null or empty."):
        custom(api, say.document(say.allow("s3:*")), ResourcePolicy=policy)
    role = api(
        "CreateRole", RoleName="r", AssumeRolePolicyDocument=say.document(say.trust(Service="ec2.amazonaws.com"))
    )
    with refused("InvalidInput", "Invalid caller - Caller must be an IAM user in this context."):
        api(
            "SimulatePrincipalPolicy",
            PolicySourceArn=role["Role"]["Arn"],
            ActionNames=["s3:GetObject"],
            ResourcePolicy=policy,
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"PolicyInputList": ["{"]},
        {"PolicyInputList": ['{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"no arn"}]}']},
        {"ActionNames": ["s3:*"]},
        {"ActionNames": ["GetObject"]},
        {"PermissionsBoundaryPolicyInputList": [AFTER, AFTER]},
        {"ContextEntries": [entry("aws:username", "a", "b")]},
        {"ResourceOwner": "somebody"},
        {"CallerArn": "arn:aws:sts::111122223333:federated-user/bob"},
        {"ResourceHandlingOption": "EC2-Classic-EBS"},
        {"ResourceHandlingOption": "EC2-VPC-EBS", "ResourceArns": ["arn:aws:ec2:us-east-1:111122223333:instance/i-1"]},
    ],
)
def test_invalid_input(api, refused, wrong):
    with refused("InvalidInput"):
        api("SimulateCustomPolicy", **{"PolicyInputList": [AFTER], "ActionNames": ["s3:GetObject"], **wrong})


def test_two_policies_of_one_name_keep_their_places(api, say):
    arn = api("CreateUser", UserName="jill")["User"]["Arn"]
    own = say.document(say.allow("a:b"), say.allow("a:c"), say.allow("sqs:ListQueues"))
    made = api("CreatePolicy", PolicyName="AmazonSQSReadOnlyAccess", PolicyDocument=own)["Policy"]["Arn"]
    for policy in (made, "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"):
        api("AttachUserPolicy", UserName="jill", PolicyArn=policy)
    (result,) = api("SimulatePrincipalPolicy", PolicySourceArn=arn, ActionNames=["sqs:ListQueues"])["EvaluationResults"]
    assert [one["SourcePolicyId"] for one in result["MatchedStatements"]] == ["AmazonSQSReadOnlyAccess"] * 2
    assert len({json.dumps(one) for one in result["MatchedStatements"]}) == 2


def test_simulating_others_needs_the_right_to_it(api, refused, say):
    arn = api("CreateUser", UserName="jill")["User"]["Arn"]
    other = api.as_new_user(
        "other", say.allow("iam:SimulatePrincipalPolicy", resource=f"arn:aws:iam::{ACCOUNT}:user/x")
    )
    text = (
        f"User: arn:aws:iam::{ACCOUNT}:user/other is not authorized to perform: iam:SimulatePrincipalPolicy on "
        f"resource: {arn} because no identity-based policy allows the iam:SimulatePrincipalPolicy action"
    )
    with refused("AccessDenied", text):
        other("SimulatePrincipalPolicy", PolicySourceArn=arn, ActionNames=["s3:GetObject"])


def test_context_keys_as_in_the_cli_example(api):
    document = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"arn:aws:dynamodb:'
        'us-west-2:123456789012:table/${aws:username}","Condition":{"DateGreaterThan":{"aws:CurrentTime":'
        '"2015-08-16T12:00:00Z"}}}}'
    )
    expected = {"ContextKeyNames": ["aws:username", "aws:CurrentTime"]}
    assert api("GetContextKeysForCustomPolicy", PolicyInputList=[document]) == expected
    arn = api("CreateUser", UserName="saanvi")["User"]["Arn"]
    api("PutUserPolicy", UserName="saanvi", PolicyName="p", PolicyDocument=document)
    assert api("GetContextKeysForPrincipalPolicy", PolicySourceArn=arn) == expected
    more = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Bool":{"AWS:USERNAME":"x","aws:SecureTransport":"true"}}}}'
    found = api("GetContextKeysForPrincipalPolicy", PolicySourceArn=arn, PolicyInputList=[more])
    assert found == {"ContextKeyNames": ["aws:username", "aws:CurrentTime", "aws:SecureTransport"]}


def test_a_managed_policy_of_aws_is_no_other_account_s(api):
    own = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetPolicy","Resource":"*"}}'
    arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    (result,) = custom(api, own, actions=["iam:GetPolicy"], ResourceArns=arns)
    assert result["EvalDecision"] == "allowed"


def test_many_actions_on_many_resources_come_in_smaller_pages(api, say):
    """What one call may cost is bounded; the pages together are the whole."""
    asked = {
        "PolicyInputList": [say.document(say.allow("s3:Get*", Resource="arn:aws:s3:::b/1*"))],
        "ActionNames": [f"s3:{name}" for name in ("GetObject", "PutObject", "GetObjectAcl")] * 4,
        "ResourceArns": [f"arn:aws:s3:::b/{number}" for number in range(MOST_EVALUATIONS // 5)],
    }
    first = api("SimulateCustomPolicy", **asked, MaxItems=1000)
    assert (len(first["EvaluationResults"]), first["IsTruncated"]) == (5, True)
    found, marker = first["EvaluationResults"], first["Marker"]
    while marker:
        page = api("SimulateCustomPolicy", **asked, Marker=marker)
        found, marker = found + page["EvaluationResults"], page.get("Marker")
    assert [result["EvalActionName"] for result in found] == asked["ActionNames"]
    assert {len(result["ResourceSpecificResults"]) for result in found} == {len(asked["ResourceArns"])}
    many = {**asked, "ActionNames": ["s3:GetObject"] * 2, "ResourceArns": asked["ResourceArns"] * 6}
    assert len(api("SimulateCustomPolicy", **many)["EvaluationResults"]) == 1
