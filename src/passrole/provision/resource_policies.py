"""The resource-based policies of what a workflow touches, read where they can be and supposed where there are none.

The policies of S3 buckets, KMS keys, Secrets Manager secrets and SNS topics are read. Other services that have
resource-based policies are answered Unknown: what rests on them is undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

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
    """How one kind of resource shows its policy: the call, and the codes of answers that are no failures.

    `member` leads to the policy's text in the answer.
    """

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
_KEY = _Reading("key", "kms", "get_key_policy", "kms:GetKeyPolicy", "Policy", no_resource="NotFoundException")
_SECRET = _Reading(
    "secret",
    "secretsmanager",
    "get_resource_policy",
    "secretsmanager:GetResourcePolicy",
    "ResourcePolicy",
    no_resource="ResourceNotFoundException",
)
_TOPIC = _Reading(
    "topic",
    "sns",
    "get_topic_attributes",
    "sns:GetTopicAttributes",
    "Attributes.Policy",
    no_resource="NotFound",
)


def resource_layers(clients: ClientFactory, account_id: str, partition: str) -> ResourceLayers:
    """A function from (action, resource) to that resource's own policies; each resource is read once.

    A resource that is not there, or whose service the account does not have at all (the embedded account and
    `passrole serve` have only IAM and STS), gets the policy that a new one has, with that as the layer's assumption.
    """
    is_embedded = clients.describe().kind == "embedded"
    new_other = Known(
        assumption="each bucket is of the account, and no bucket policy or other resource-based policy denies: "
        + ("the embedded account has only IAM" if is_embedded else "the endpoint has no such resources")
    )

    def new_key(key: str, assumption: str) -> Layer:
        # The account that a key's policy leaves the decision to is the key's own, which may be another one.
        owner = next(iter(key.split(":", 5)[4:5]), "") or account_id
        return Known((default_key_policy(owner, partition),), assumption)

    def new(reading: _Reading, resource: str) -> Layer:
        if reading is not _KEY:
            return new_other
        return new_key(
            resource, "each KMS key has the default key policy, which leaves the decision to its account's IAM policies"
        )

    @cache
    def read(reading: _Reading, resource: str, **parameters: str) -> Layer:
        if is_embedded:
            return new(reading, resource)
        from botocore.exceptions import BotoCoreError, ClientError

        name = f"{reading.what} `{resource}`"
        try:
            answer = getattr(clients.client(reading.service), reading.method)(**parameters)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code and code == reading.no_policy:
                return Known()
            if code and code == reading.no_resource and is_here(resource):
                if reading is _KEY:
                    return new_key(resource, f"the {name}, which was not found, has the default key policy")
                return Known(assumption=f"the {name}, which does not exist yet, will have no policy that denies")
            if service_is_absent(clients, error):
                return new(reading, resource)
            return Unknown(f"the policy of {name} could not be read: {code} answered to {reading.action}")
        except BotoCoreError as error:
            return Unknown(f"the policy of {name} could not be read: {error}")
        return _parsed(answer, reading, resource)

    def is_here(resource: str) -> bool:
        """Whether an answer that there is no such resource can be believed: elsewhere it means that it is not told."""
        if not resource.startswith("arn:"):
            return True
        return resource.split(":")[3:5] == [clients.describe().region, account_id]

    def layer(action: str, resource: str) -> Layer:
        service = action.split(":", 1)[0].lower()
        if service in WITHOUT_RESOURCE_POLICIES or resource == "*":
            return Known()
        if service == "s3":
            bucket = resource.split(":::", 1)[-1].split("/", 1)[0]
            return read(_BUCKET, bucket, Bucket=bucket)
        if service == "kms" and ":key/" in resource:
            return read(_KEY, resource, KeyId=resource, PolicyName="default")
        if service == "secretsmanager" and ":secret:" in resource:
            return read(_SECRET, resource, SecretId=resource)
        if service == "sns":
            return read(_TOPIC, resource, TopicArn=resource)
        if is_embedded:
            return new_other
        if service == "logs":
            # A log group's resource policy only admits services; it takes nothing from a role of the account.
            return Known(assumption="no resource policy of CloudWatch Logs denies the call")
        return Unknown(f"the resource-based policy of `{resource}` was not read: passrole reads none of `{service}`")

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


def _parsed(answer: Mapping[str, Any], reading: _Reading, resource: str) -> Layer:
    text: Any = answer
    for member in reading.member.split("."):
        text = text.get(member)
        if not text:
            return Known()  # A secret without a policy is answered without the member.
    source = f"policy of {reading.what} {resource}"
    try:
        return Known((AttachedPolicy(PolicyType.RESOURCE, source, parse_policy(text)),))
    except PolicySyntaxError as error:
        return Unknown(f"the {source} does not parse: {error.diagnostics[0].message}")
