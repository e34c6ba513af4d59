"""Amazon S3: buckets, their configurations, and objects (`s3_objects`).

The names of its actions are seldom those of its operations. Access points, directory buckets and Object Lambda are
refused: other resources, or another service's actions, decide them.
Source: "Required permissions for Amazon S3 API operations".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, Refused, Why
from passrole.activity.bind.pass_role import pass_role
from passrole.activity.bind.rows import Builder, Row, Table, anywhere
from passrole.activity.bind.services import s3_objects as objects
from passrole.activity.bind.services.s3_names import bucket_arn
from passrole.activity.bind.state import Known
from passrole.activity.bind.tags import request_tag_keys, tags_in

_PAGE: Final = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"

PASSES: Final = {"InvocationRole": "s3"}
"""The role with which the notifications of an older API call a function."""


def _ask_bucket(inquiry: Inquiry, action: str) -> Asked:
    arn = bucket_arn(inquiry)
    keys = {
        **objects.headers(inquiry),
        "s3:prefix": inquiry.text("Prefix"),
        "s3:delimiter": inquiry.text("Delimiter"),
        "s3:max-keys": inquiry.text("MaxKeys"),
    }
    owner = inquiry.state.owner(arn)
    if isinstance(owner, Known):
        keys["s3:ResourceAccount"] = owner.value
    return inquiry.ask(action, arn, "bucket", keys, absent={"s3:AccessGrantsInstanceArn"})


def _on_bucket(action: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield _ask_bucket(inquiry, action)

    return build


def _create_bucket(inquiry: Inquiry) -> Iterator[Asked]:
    configuration = inquiry.mapping("CreateBucketConfiguration")
    constraint = configuration.get("LocationConstraint")
    tags = request_tag_keys(tags_in(configuration.get("Tags")))
    arn = bucket_arn(inquiry)
    context = {**objects.headers(inquiry), "s3:locationconstraint": str(constraint) if constraint else None}
    context["s3:x-amz-object-ownership"] = inquiry.text("ObjectOwnership")
    yield inquiry.ask("s3:CreateBucket", arn, "bucket", context, requested=tags, new=True, own_account=True)
    also = []
    if any(inquiry.text(name) for name in ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP")):
        also.append("s3:PutBucketAcl")
    if inquiry.call.parameters.get("ObjectLockEnabledForBucket"):
        also += ["s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"]
    if inquiry.text("ObjectOwnership"):
        also.append("s3:PutBucketOwnershipControls")
    if tags:
        also.append("s3:TagResource")
    for action in also:
        yield inquiry.ask(action, arn, "bucket", context, requested=tags, new=True, own_account=True)


def _put_replication(inquiry: Inquiry) -> Iterator[Asked]:
    yield _ask_bucket(inquiry, "s3:PutReplicationConfiguration")
    role = inquiry.mapping("ReplicationConfiguration").get("Role")
    if isinstance(role, str) and role:
        yield pass_role(inquiry, role, "s3")


def _put_tagging(inquiry: Inquiry) -> Iterator[Asked]:
    tags = request_tag_keys(tags_in(inquiry.mapping("Tagging").get("TagSet")))
    yield inquiry.ask("s3:PutBucketTagging", bucket_arn(inquiry), "bucket", requested=tags)


_BUCKET: Final = {
    "s3:DeleteBucket": "DeleteBucket",
    "s3:DeleteBucketMetadataTableConfiguration": (
        "DeleteBucketMetadataTableConfiguration DeleteBucketMetadataConfiguration"
    ),
    "s3:DeleteBucketPolicy": "DeleteBucketPolicy",
    "s3:DeleteBucketWebsite": "DeleteBucketWebsite",
    "s3:GetAccelerateConfiguration": "GetBucketAccelerateConfiguration",
    "s3:GetAnalyticsConfiguration": "GetBucketAnalyticsConfiguration ListBucketAnalyticsConfigurations",
    "s3:GetBucketAbac": "GetBucketAbac",
    "s3:GetBucketAcl": "GetBucketAcl",
    "s3:GetBucketCORS": "GetBucketCors",
    "s3:GetBucketLocation": "GetBucketLocation",
    "s3:GetBucketLogging": "GetBucketLogging",
    "s3:GetBucketMetadataTableConfiguration": "GetBucketMetadataTableConfiguration GetBucketMetadataConfiguration",
    "s3:GetBucketNotification": "GetBucketNotification GetBucketNotificationConfiguration",
    "s3:GetBucketObjectLockConfiguration": "GetObjectLockConfiguration",
    "s3:GetBucketOwnershipControls": "GetBucketOwnershipControls",
    "s3:GetBucketPolicy": "GetBucketPolicy",
    "s3:GetBucketPolicyStatus": "GetBucketPolicyStatus",
    "s3:GetBucketPublicAccessBlock": "GetPublicAccessBlock",
    "s3:GetBucketRequestPayment": "GetBucketRequestPayment",
    "s3:GetBucketTagging": "GetBucketTagging",
    "s3:GetBucketVersioning": "GetBucketVersioning",
    "s3:GetBucketWebsite": "GetBucketWebsite",
    "s3:GetEncryptionConfiguration": "GetBucketEncryption",
    "s3:GetIntelligentTieringConfiguration": (
        "GetBucketIntelligentTieringConfiguration ListBucketIntelligentTieringConfigurations"
    ),
    "s3:GetInventoryConfiguration": "GetBucketInventoryConfiguration ListBucketInventoryConfigurations",
    "s3:GetLifecycleConfiguration": "GetBucketLifecycle GetBucketLifecycleConfiguration",
    "s3:GetMetricsConfiguration": "GetBucketMetricsConfiguration ListBucketMetricsConfigurations",
    "s3:GetReplicationConfiguration": "GetBucketReplication",
    "s3:ListBucket": "HeadBucket ListObjects ListObjectsV2",
    "s3:ListBucketMultipartUploads": "ListMultipartUploads",
    "s3:ListBucketVersions": "ListObjectVersions",
    "s3:PutAccelerateConfiguration": "PutBucketAccelerateConfiguration",
    "s3:PutAnalyticsConfiguration": "PutBucketAnalyticsConfiguration DeleteBucketAnalyticsConfiguration",
    "s3:PutBucketAbac": "PutBucketAbac",
    "s3:PutBucketAcl": "PutBucketAcl",
    "s3:PutBucketCORS": "PutBucketCors DeleteBucketCors",
    "s3:PutBucketLogging": "PutBucketLogging",
    "s3:PutBucketNotification": "PutBucketNotification PutBucketNotificationConfiguration",
    "s3:PutBucketObjectLockConfiguration": "PutObjectLockConfiguration",
    "s3:PutBucketOwnershipControls": "PutBucketOwnershipControls DeleteBucketOwnershipControls",
    "s3:PutBucketPolicy": "PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock": "PutPublicAccessBlock DeletePublicAccessBlock",
    "s3:PutBucketRequestPayment": "PutBucketRequestPayment",
    "s3:PutBucketTagging": "DeleteBucketTagging",
    "s3:PutBucketVersioning": "PutBucketVersioning",
    "s3:PutBucketWebsite": "PutBucketWebsite",
    "s3:PutEncryptionConfiguration": "PutBucketEncryption DeleteBucketEncryption",
    "s3:PutIntelligentTieringConfiguration": (
        "PutBucketIntelligentTieringConfiguration DeleteBucketIntelligentTieringConfiguration"
    ),
    "s3:PutInventoryConfiguration": "PutBucketInventoryConfiguration DeleteBucketInventoryConfiguration",
    "s3:PutLifecycleConfiguration": "PutBucketLifecycle PutBucketLifecycleConfiguration DeleteBucketLifecycle",
    "s3:PutMetricsConfiguration": "PutBucketMetricsConfiguration DeleteBucketMetricsConfiguration",
    "s3:PutReplicationConfiguration": "DeleteBucketReplication",
}
"""Operations on a bucket by the one action they ask."""

_ROWS: Final[dict[str, Builder]] = {
    "ListBuckets": anywhere("s3:ListAllMyBuckets"),
    "CreateBucket": _create_bucket,
    "PutBucketReplication": _put_replication,
    "PutBucketTagging": _put_tagging,
    "AbortMultipartUpload": objects.of_object("s3:AbortMultipartUpload"),
    "ListParts": objects.of_object("s3:ListMultipartUploadParts"),
    "CompleteMultipartUpload": objects.complete_upload,
    "CopyObject": objects.copy_object,
    "CreateMultipartUpload": objects.create_upload,
    "DeleteObject": objects.delete_object,
    "DeleteObjects": objects.delete_objects,
    "DeleteObjectTagging": objects.of_object("s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"),
    "GetObject": objects.get_object,
    "GetObjectAcl": objects.of_object("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    "GetObjectAttributes": objects.get_attributes,
    "GetObjectLegalHold": objects.of_object("s3:GetObjectLegalHold"),
    "GetObjectRetention": objects.of_object("s3:GetObjectRetention"),
    "GetObjectTagging": objects.of_object("s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
    "GetObjectTorrent": objects.of_object("s3:GetObjectTorrent"),
    "HeadObject": objects.head_object,
    "PutObject": objects.put_object,
    "PutObjectAcl": objects.of_object("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
    "PutObjectLegalHold": objects.of_object("s3:PutObjectLegalHold"),
    "PutObjectRetention": objects.put_retention,
    "PutObjectTagging": objects.put_tagging,
    "RestoreObject": objects.of_object("s3:RestoreObject"),
    "SelectObjectContent": objects.get_object,
    "UploadPart": objects.upload_part,
    "UploadPartCopy": objects.upload_part_copy,
}

_DIRECTORY: Final = Refused(
    Why.ANOTHER_WAY, "directory buckets are authorized by s3express, which passrole does not bind"
)
_TABLES: Final = Refused(Why.NOT_KNOWN, "metadata tables ask actions of s3tables besides, which passrole does not bind")

TABLE: Table = {
    **{name: Row(_on_bucket(action), _PAGE) for action, names in _BUCKET.items() for name in names.split()},
    **{name: Row(build, _PAGE) for name, build in _ROWS.items()},
    "CreateSession": _DIRECTORY,
    "ListDirectoryBuckets": _DIRECTORY,
    "RenameObject": _DIRECTORY,
    "WriteGetObjectResponse": Refused(Why.ANOTHER_WAY, "S3 Object Lambda is authorized apart, which is not bound"),
    "CreateBucketMetadataConfiguration": _TABLES,
    "CreateBucketMetadataTableConfiguration": _TABLES,
}
