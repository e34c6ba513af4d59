"""The resource-based policies of what a workflow touches, read where they can be and supposed where there are none.

The policies of S3 buckets, KMS keys and Secrets Manager secrets are read. Other services that have resource-based
policies are answered Unknown: what rests on them is undecided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from passrole.engine.stack import AttachedPolicy, Known, Layer, Unknown
from passrole.policy.model import PolicyType
from passrole.policy.parse import PolicySyntaxError, parse_policy, policy_from_value
from passrole.provision.absent_service import service_is_absent
from passrole.provision.clients import ClientFactory

ResourceLayers = Callable[[str, str], Layer]

WITHOUT_RESOURCE_POLICIES = frozenset(
    {
        "cloudwatch",
        "dms",
        "ec2",
        "ec2messages",
        "iam",
        "license-manager",
        "redshift",
        "sms",
        "ssm",
        "ssmmessages",
        "sts",
    }
)
"""Services whose resources carry no policy that a workflow here could meet (a role's trust policy is asked apart).

Source: IAM User Guide, "AWS services that work with IAM"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
"""


@dataclass(frozen=True, slots=True)
class _Reading:
    """How one kind of resource shows its policy: the call, and the codes of answers that are no failures."""

    what: str
    service: str
    method: str
    action: str
    member: str
    no_policy: str = ""
    no_resource: str = ""


_BUCKET = _Reading(
    "bucket", "s3", "get_bucket_policy", "s3:GetBucketPolicy", "Policy", "NoSuchBucketPolicy", "NoSuchBucket"
)
_KEY = _Reading("key", "kms", "get_key_policy", "kms:GetKeyPolicy", "Policy")
_SECRET = _Reading(
    "secret", "secretsmanager", "get_resource_policy", "secretsmanager:GetResourcePolicy", "ResourcePolicy"
)


def resource_layers(clients: ClientFactory, account_id: str, partition: str) -> ResourceLayers:
    """A function from (action, resource) to that resource's own policies; each resource is read once.

    Where the account has no such service, as the embedded account and `passrole serve` have none but IAM and STS, the
    layer is what it would be for a new resource, with that as its assumption.
    """
    supposed_key = Known(
        (default_key_policy(account_id, partition),),
        assumption="each KMS key has the default key policy, which leaves the decision to the account's IAM policies",
    )
    supposed_other = Known(
        assumption="no bucket policy or other resource-based policy denies: the embedded account has only IAM"
        if clients.describe().kind == "embedded"
        else "no bucket policy or other resource-based policy denies: the endpoint has no such resources"
    )

    @cache
    def read(reading: _Reading, **parameters: str) -> Layer:
        supposed = supposed_key if reading is _KEY else supposed_other
        return _read_policy(clients, reading, parameters, supposed)

    def layer(action: str, resource: str) -> Layer:
        service = action.split(":", 1)[0].lower()
        if service in WITHOUT_RESOURCE_POLICIES or resource == "*":
            return Known()
        if clients.describe().kind == "embedded":
            return supposed_key if service == "kms" else supposed_other
        if service == "s3":
            return read(_BUCKET, Bucket=resource.split(":::", 1)[-1].split("/", 1)[0])
        if service == "kms" and ":key/" in resource:
            return read(_KEY, KeyId=resource, PolicyName="default")
        if service == "secretsmanager" and ":secret:" in resource:
            return read(_SECRET, SecretId=resource)
        if service == "logs":
            # A log group's resource policy only admits services; it takes nothing from a role of the account.
            return Known(assumption="no resource policy of CloudWatch Logs denies the call")
        return Unknown(
            f"the resource-based policy of `{resource}` was not read: passrole reads those of S3, KMS and Secrets "
            "Manager"
        )

    return layer


def default_key_policy(account_id: str, partition: str) -> AttachedPolicy:
    """The policy of a key made without one: the account decides by its identity-based policies.

    Source: AWS KMS Developer Guide, "Default key policy"
    <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
    """
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{partition}:iam::{account_id}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    return AttachedPolicy(PolicyType.RESOURCE, "default key policy", policy_from_value(document, "default key policy"))


def _read_policy(clients: ClientFactory, reading: _Reading, parameters: dict[str, str], supposed: Layer) -> Layer:
    from botocore.exceptions import BotoCoreError, ClientError

    name = next(iter(parameters.values()))
    try:
        answer = getattr(clients.client(reading.service), reading.method)(**parameters)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code and code == reading.no_policy:
            return Known()
        if code and code == reading.no_resource:
            return Known(
                assumption=f"the {reading.what} `{name}`, which does not exist yet, will have no policy that denies"
            )
        if service_is_absent(clients, error):
            return supposed
        return Unknown(f"the policy of {reading.what} `{name}` could not be read: {code} answered to {reading.action}")
    except BotoCoreError as error:
        return Unknown(f"the policy of {reading.what} `{name}` could not be read: {error}")
    # A secret without a policy is answered without the member.
    text = answer.get(reading.member)
    return _parsed(text, f"policy of {reading.what} {name}") if text else Known()


def _parsed(text: str, source: str) -> Layer:
    try:
        return Known((AttachedPolicy(PolicyType.RESOURCE, source, parse_policy(text, source)),))
    except PolicySyntaxError as error:
        return Unknown(f"the {source} does not parse: {error.message}")
