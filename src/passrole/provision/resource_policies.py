"""The resource-based policies of what a workflow touches, read where they can be and supposed where there are none.

S3 bucket policies and KMS key policies are read. Other services that have resource-based policies are answered
Unknown: what rests on them is undecided.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from passrole.engine.stack import AttachedPolicy, Known, Layer, Unknown
from passrole.policy.model import PolicyType
from passrole.policy.parse import PolicySyntaxError, parse_policy, policy_from_value
from passrole.provision.clients import ClientFactory

if TYPE_CHECKING:
    from botocore.client import BaseClient

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


def resource_layers(clients: ClientFactory, account_id: str, partition: str) -> ResourceLayers:
    """A function from (action, resource) to that resource's own policies; each resource is read once."""
    if clients.describe().kind == "embedded":
        return _embedded_layers(account_id, partition)

    @cache
    def of_bucket(bucket: str) -> Layer:
        return _bucket_policy(clients.client("s3"), bucket)

    @cache
    def of_key(key_arn: str) -> Layer:
        return _key_policy(clients.client("kms"), key_arn)

    def layer(action: str, resource: str) -> Layer:
        service = action.split(":", 1)[0].lower()
        if service in WITHOUT_RESOURCE_POLICIES or resource == "*":
            return Known()
        if service == "s3":
            return of_bucket(resource.split(":::", 1)[-1].split("/", 1)[0])
        if service == "kms" and ":key/" in resource:
            return of_key(resource)
        if service == "logs":
            # A log group's resource policy only admits services; it takes nothing from a role of the account.
            return Known(assumption="no resource policy of CloudWatch Logs denies the call")
        return Unknown(f"the resource-based policy of `{resource}` was not read: passrole reads those of S3 and KMS")

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


def _embedded_layers(account_id: str, partition: str) -> ResourceLayers:
    key_layer = Known(
        (default_key_policy(account_id, partition),),
        assumption="each KMS key has the default key policy, which leaves the decision to the account's IAM policies",
    )
    other = Known(
        assumption="no bucket policy or other resource-based policy denies: the embedded account has only IAM"
    )

    def layer(action: str, resource: str) -> Layer:
        service = action.split(":", 1)[0].lower()
        if service in WITHOUT_RESOURCE_POLICIES or resource == "*":
            return Known()
        return key_layer if service == "kms" else other

    return layer


def _bucket_policy(s3: BaseClient, bucket: str) -> Layer:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        text = s3.get_bucket_policy(Bucket=bucket)["Policy"]  # type: ignore[attr-defined]  # made at run time
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code == "NoSuchBucketPolicy":
            return Known()
        if code == "NoSuchBucket":
            return Known(assumption=f"the bucket `{bucket}`, which does not exist yet, will have no policy that denies")
        return Unknown(f"the policy of bucket `{bucket}` could not be read: {code} answered to s3:GetBucketPolicy")
    except BotoCoreError as error:
        return Unknown(f"the policy of bucket `{bucket}` could not be read: {error}")
    return _parsed(text, f"policy of bucket {bucket}")


def _key_policy(kms: BaseClient, key_arn: str) -> Layer:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        text = kms.get_key_policy(KeyId=key_arn, PolicyName="default")["Policy"]  # type: ignore[attr-defined]  # made at run time
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        return Unknown(f"the policy of key `{key_arn}` could not be read: {code} answered to kms:GetKeyPolicy")
    except BotoCoreError as error:
        return Unknown(f"the policy of key `{key_arn}` could not be read: {error}")
    return _parsed(text, f"policy of key {key_arn}")


def _parsed(text: str, source: str) -> Layer:
    try:
        return Known((AttachedPolicy(PolicyType.RESOURCE, source, parse_policy(text, source)),))
    except PolicySyntaxError as error:
        return Unknown(f"the {source} does not parse: {error.message}")
