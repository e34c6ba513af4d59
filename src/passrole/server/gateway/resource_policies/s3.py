"""A bucket's policy, the access control lists of bucket and object, and S3 Block Public Access.

CreateBucket: "If you try to create a bucket with a public ACL, the request will fail"
<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>.

Sources: Amazon S3 User Guide, "Bucket policies" <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>,
"Controlling ownership of objects and disabling ACLs"
<https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html> (with bucket owner enforced, ACLs
"no longer affect permissions"), "Blocking public access to your Amazon S3 storage"
<https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from passrole.activity.bind.model import ApiCall, Asked
from passrole.activity.bind.state import Known
from passrole.engine.public_access import is_public
from passrole.engine.stack import Known as KnownLayer
from passrole.engine.stack import Layer, Unknown
from passrole.errors import Severity
from passrole.policy.arn import Arn
from passrole.policy.grammar import check_grammar
from passrole.policy.model import PolicyType
from passrole.policy.parse import PolicySyntaxError, parse_policy
from passrole.server.gateway.readings import Answered
from passrole.server.gateway.resource_policies.resource_side import (
    NOTHING,
    ResourceSide,
    document_layer,
    joined,
    made_policy,
    text_member,
)
from passrole.server.gateway.resource_policies.s3_acls import acl_layer, public_grantees
from passrole.server.gateway.resource_policies.s3_public_access import public_access_block
from passrole.server.gateway.state.of_service import Place, member_of, texts_of

BLOCKED_POLICY: Final = "S3 Block Public Access (BlockPublicPolicy)"
BLOCKED_ACL: Final = "S3 Block Public Access (BlockPublicAcls)"

_OF_OBJECT: Final = frozenset(
    {"s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAcl", "s3:GetObjectVersionAcl"}
    | {"s3:PutObjectAcl", "s3:PutObjectVersionAcl"}
)
"""What an object's list can allow."""
_WRITES_ACL: Final = frozenset({"s3:PutBucketAcl", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"})


def bucket_side(place: Place, call: ApiCall, asked: Asked, arn: Arn, owner: str, *, outsider: bool) -> ResourceSide:
    """The policies of the bucket that a question is about, or in which its object is.

    `outsider` says that the caller is not of the owner's account: RestrictPublicBuckets shuts out no others.
    """
    if call.operation == "CreateBucket":
        # There is no bucket yet, and a new one begins with Block Public Access on, where it takes a list at all.
        takes_lists = call.parameters.get("ObjectOwnership") not in (None, "BucketOwnerEnforced")
        blocked = takes_lists and asked.action in _WRITES_ACL and public_grantees(call.parameters)
        return ResourceSide(_refusal(BLOCKED_ACL, blocked, asked.action))
    bucket, _, key = arn.resource.partition("/")
    if not bucket or "*" in bucket:
        return NOTHING

    def read(operation: str, **parameters: str) -> Answered:
        return place.readings.read("s3", operation, region=place.region, account=owner, Bucket=bucket, **parameters)

    def acls() -> Layer:
        block = public_access_block(place, bucket, owner)
        if block.ignore_public_acls is True or _acls_are_disabled(read("GetBucketOwnershipControls")):
            return KnownLayer()
        bucket_arn = f"arn:{arn.partition}:s3:::{bucket}"
        layers = [acl_layer(f"ACL of bucket {bucket}", read("GetBucketAcl"), bucket_arn, of_object=False)]
        if key and asked.action in _OF_OBJECT:
            version = asked.context.get("s3:VersionId")
            named = {"VersionId": version} if isinstance(version, str) else {}
            acl = read("GetObjectAcl", Key=key, **named)
            layers.append(acl_layer(f"ACL of {bucket}/{key}", acl, str(arn), of_object=True))
        return joined(*layers)

    policy = document_layer(f"bucket policy of {bucket}", text_member(read("GetBucketPolicy"), "Policy"))
    restrict = public_access_block(place, bucket, owner).restrict_public_buckets if outsider else False
    return ResourceSide(
        joined(policy, _blocked(call, asked, place, bucket, owner, read)),
        restrict_public_buckets=restrict,
        grants_more=acls,
    )


def _acls_are_disabled(controls: Answered) -> bool:
    if not isinstance(controls, Known):
        return False
    rules = member_of(controls.value, "OwnershipControls", "Rules")
    return "BucketOwnerEnforced" in texts_of(rules, "ObjectOwnership")


def _blocked(
    call: ApiCall, asked: Asked, place: Place, bucket: str, owner: str, read: Callable[[str], Answered]
) -> Layer:
    """What Block Public Access refuses to be written, as a Deny of the action that would write it."""
    if asked.action == "s3:PutBucketPolicy":
        try:
            policy = parse_policy(str(call.parameters.get("Policy")))
        except PolicySyntaxError:
            return KnownLayer()  # What is no policy is refused as such (`written_policies`).
        if any(each.severity is Severity.ERROR for each in check_grammar(policy, PolicyType.RESOURCE)):
            return KnownLayer()
        public = is_public(policy)
        setting = False if public is False else public_access_block(place, bucket, owner).block_public_policy
        if setting is not False and public is not True and public is not False:
            return Unknown(f"{BLOCKED_POLICY}: {'; '.join(public.reasons)}")
        return _refusal(BLOCKED_POLICY, setting, asked.action)
    if asked.action in _WRITES_ACL and public_grantees(call.parameters):
        if _acls_are_disabled(read("GetBucketOwnershipControls")):
            return KnownLayer()  # Such a bucket takes no list of any kind (`disabled_acls`), and says so.
        return _refusal(BLOCKED_ACL, public_access_block(place, bucket, owner).block_public_acls, asked.action)
    return KnownLayer()


def _refusal(name: str, setting: bool | Unknown, action: str) -> Layer:
    if setting is False:
        return KnownLayer()
    if isinstance(setting, Unknown):
        return Unknown(f"{name}: {setting.reason}")
    return KnownLayer((made_policy(name, {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"}),))
