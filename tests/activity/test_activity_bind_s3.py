"""Amazon S3: call -> the questions of AWS's page, and what S3 asks of KMS for its caller."""

from __future__ import annotations

import base64

import pytest
from tests.activity.activity_bind_state import KEY, Facts, asks_of, call, pairs

from passrole.activity.bind.bind import bind, way_of
from passrole.activity.bind.model import Refused, Why
from passrole.activity.bind.operations import operations_of
from passrole.activity.bind.rows import Row
from passrole.activity.bind.state import Encryption, NothingKnown

PERMISSIONS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"
MULTIPART = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions"
B, OBJ = "arn:aws:s3:::pics", "arn:aws:s3:::pics/a/cat.png"
P = {"Bucket": "pics", "Key": "a/cat.png"}

# (operation, parameters, expected questions, page)
CASES: list[tuple[str, dict[str, object], list[tuple[str, str]], str]] = [
    ("ListBuckets", {}, [("s3:ListAllMyBuckets", "*")], PERMISSIONS),
    ("HeadBucket", {"Bucket": "pics"}, [("s3:ListBucket", B)], PERMISSIONS),
    ("ListObjectsV2", {"Bucket": "pics", "Prefix": "a/"}, [("s3:ListBucket", B)], PERMISSIONS),
    ("ListObjectVersions", {"Bucket": "pics"}, [("s3:ListBucketVersions", B)], PERMISSIONS),
    ("ListMultipartUploads", {"Bucket": "pics"}, [("s3:ListBucketMultipartUploads", B)], PERMISSIONS),
    ("GetBucketEncryption", {"Bucket": "pics"}, [("s3:GetEncryptionConfiguration", B)], PERMISSIONS),
    ("DeleteBucketEncryption", {"Bucket": "pics"}, [("s3:PutEncryptionConfiguration", B)], PERMISSIONS),
    ("GetPublicAccessBlock", {"Bucket": "pics"}, [("s3:GetBucketPublicAccessBlock", B)], PERMISSIONS),
    ("DeleteBucketLifecycle", {"Bucket": "pics"}, [("s3:PutLifecycleConfiguration", B)], PERMISSIONS),
    ("CreateBucket", {"Bucket": "pics"}, [("s3:CreateBucket", B)], PERMISSIONS),
    ("CreateBucket", {"Bucket": "pics", "ACL": "private"}, [("s3:CreateBucket", B), ("s3:PutBucketAcl", B)], PERMISSIONS),
    ("CreateBucket", {"Bucket": "pics", "ObjectLockEnabledForBucket": True}, [("s3:CreateBucket", B), ("s3:PutBucketObjectLockConfiguration", B), ("s3:PutBucketVersioning", B)], PERMISSIONS),
    ("GetObject", {**P}, [("s3:GetObject", OBJ)], PERMISSIONS),
    ("GetObject", {**P, "VersionId": "v1"}, [("s3:GetObjectVersion", OBJ)], PERMISSIONS),
    ("HeadObject", {**P}, [("s3:GetObject", OBJ)], PERMISSIONS),
    ("GetObjectAttributes", {**P, "ObjectAttributes": ["ETag"]}, [("s3:GetObject", OBJ), ("s3:GetObjectAttributes", OBJ)], PERMISSIONS),
    ("PutObject", {**P}, [("s3:PutObject", OBJ)], PERMISSIONS),
    ("PutObject", {**P, "ACL": "public-read", "Tagging": "a=1"}, [("s3:PutObject", OBJ), ("s3:PutObjectAcl", OBJ), ("s3:PutObjectTagging", OBJ)], PERMISSIONS),
    ("PutObject", {**P, "ObjectLockLegalHoldStatus": "ON"}, [("s3:PutObject", OBJ), ("s3:PutObjectLegalHold", OBJ)], PERMISSIONS),
    ("DeleteObject", {**P}, [("s3:DeleteObject", OBJ)], PERMISSIONS),
    ("DeleteObject", {**P, "VersionId": "v1", "BypassGovernanceRetention": True}, [("s3:DeleteObjectVersion", OBJ), ("s3:BypassGovernanceRetention", OBJ)], PERMISSIONS),
    ("DeleteObjects", {"Bucket": "pics", "Delete": {"Objects": [{"Key": "x"}, {"Key": "y", "VersionId": "1"}]}}, [("s3:DeleteObject", f"{B}/x"), ("s3:DeleteObjectVersion", f"{B}/y")], PERMISSIONS),
    ("CopyObject", {**P, "CopySource": "src/b%20c.png"}, [("s3:GetObject", "arn:aws:s3:::src/b c.png"), ("s3:PutObject", OBJ)], PERMISSIONS),
    ("CopyObject", {**P, "CopySource": {"Bucket": "src", "Key": "k", "VersionId": "7"}}, [("s3:GetObjectVersion", "arn:aws:s3:::src/k"), ("s3:PutObject", OBJ)], PERMISSIONS),
    ("UploadPartCopy", {**P, "CopySource": "/src/k?versionId=7", "UploadId": "u", "PartNumber": 1}, [("s3:GetObjectVersion", "arn:aws:s3:::src/k"), ("s3:PutObject", OBJ)], PERMISSIONS),
    ("CreateMultipartUpload", {**P}, [("s3:PutObject", OBJ)], MULTIPART),
    ("UploadPart", {**P, "UploadId": "u", "PartNumber": 1}, [("s3:PutObject", OBJ)], MULTIPART),
    ("CompleteMultipartUpload", {**P, "UploadId": "u"}, [("s3:PutObject", OBJ)], MULTIPART),
    ("AbortMultipartUpload", {**P, "UploadId": "u"}, [("s3:AbortMultipartUpload", OBJ)], MULTIPART),
    ("ListParts", {**P, "UploadId": "u"}, [("s3:ListMultipartUploadParts", OBJ)], MULTIPART),
    ("SelectObjectContent", {**P}, [("s3:GetObject", OBJ)], PERMISSIONS),
    ("PutBucketReplication", {"Bucket": "pics", "ReplicationConfiguration": {"Role": "arn:aws:iam::111122223333:role/r", "Rules": []}}, [("s3:PutReplicationConfiguration", B), ("iam:PassRole", "arn:aws:iam::111122223333:role/r")], "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "parameters", "expected", "page"), CASES)
def test_what_a_call_asks(
    operation: str, parameters: dict[str, object], expected: list[tuple[str, str]], page: str
) -> None:
    assert pairs(asks_of("s3", operation, parameters)) == expected, page


# Encryption: what S3 asks of KMS beside its own action.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
STORED = {OBJ: Encryption("aws:kms", KEY, context={})}
ALIAS = {"arn:aws:kms:eu-central-1:111122223333:alias/aws/s3": KEY}


def test_reading_an_encrypted_object_asks_decrypt_of_the_caller_through_s3() -> None:
    own, key = asks_of("s3", "GetObject", P, Facts(encrypted=STORED))
    assert (own.action, key.action, key.resource) == ("s3:GetObject", "kms:Decrypt", KEY)
    assert key.called_via == ("s3.amazonaws.com",)
    assert key.context["kms:ViaService"] == "s3.eu-central-1.amazonaws.com"
    assert key.context["kms:EncryptionContext:aws:s3:arn"] == OBJ
    assert key.context["kms:CallerAccount"] == "111122223333"
    assert "kms:EncryptionContext:*" not in key.unknown


def test_with_a_bucket_key_the_encryption_context_is_the_bucket() -> None:
    facts = Facts(encrypted={OBJ: Encryption("aws:kms", KEY, bucket_key=True)})
    key = asks_of("s3", "GetObject", P, facts)[1]
    assert key.context["kms:EncryptionContext:aws:s3:arn"] == B
    assert "kms:EncryptionContext:*" in key.unknown, "what the writer added is not known"


def test_a_head_asks_no_key_unless_it_wants_checksums() -> None:
    facts = Facts(encrypted=STORED)
    assert pairs(asks_of("s3", "HeadObject", P, facts)) == [("s3:GetObject", OBJ)]
    assert asks_of("s3", "HeadObject", {**P, "ChecksumMode": "ENABLED"}, facts)[1].action == "kms:Decrypt"


@pytest.mark.parametrize(
    ("parameters", "facts"),
    [
        ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY}, Facts()),
        ({"ServerSideEncryption": "aws:kms"}, Facts(names=ALIAS)),
        ({"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": KEY.partition("key/")[2]}, Facts()),
        ({}, Facts(encrypted={B: Encryption("aws:kms", KEY)})),
        ({}, Facts(encrypted={B: Encryption("aws:kms")}, names=ALIAS)),
    ],
)
def test_writing_with_a_key_asks_for_a_data_key(parameters: dict[str, object], facts: Facts) -> None:
    own, key = asks_of("s3", "PutObject", {**P, **parameters}, facts)
    assert own.action == "s3:PutObject"
    assert (key.action, key.resource) == ("kms:GenerateDataKey", KEY)
    assert key.context["kms:EncryptionContext:aws:s3:arn"] == OBJ


def test_writing_without_a_key_of_kms_asks_none() -> None:
    default = Facts(encrypted={B: Encryption("aws:kms", KEY)})
    for parameters in ({"ServerSideEncryption": "AES256"}, {"SSECustomerAlgorithm": "AES256"}):
        assert pairs(asks_of("s3", "PutObject", {**P, **parameters}, default)) == [("s3:PutObject", OBJ)]


def test_the_callers_encryption_context_is_in_the_question() -> None:
    given = base64.b64encode(b'{"team": "a"}').decode()
    parameters = {**P, "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY, "SSEKMSEncryptionContext": given}
    key = asks_of("s3", "PutObject", parameters)[1]
    assert key.context["kms:EncryptionContext:team"] == "a"
    assert key.context["kms:EncryptionContextKeys"] == ("aws:s3:arn", "team")


def test_an_upload_in_parts_asks_a_data_key_and_then_decrypt() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html"""
    begun = asks_of("s3", "CreateMultipartUpload", {**P, "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY})
    assert [each.action for each in begun] == ["s3:PutObject", "kms:GenerateDataKey"]
    facts = Facts(encrypted={f"{OBJ}?uploadId=u": Encryption("aws:kms", KEY)})
    for operation in ("UploadPart", "CompleteMultipartUpload"):
        asks = asks_of("s3", operation, {**P, "UploadId": "u", "PartNumber": 1}, facts)
        assert [each.action for each in asks] == ["s3:PutObject", "kms:Decrypt"]


def test_a_copy_asks_the_keys_of_both_sides_and_tags_of_a_tagged_source() -> None:
    source = "arn:aws:s3:::src/k"
    facts = Facts(
        encrypted={source: Encryption("aws:kms", KEY), B: Encryption("aws:kms", KEY)}, tags_of={source: {"a": "1"}}
    )
    asks = asks_of("s3", "CopyObject", {**P, "CopySource": "src/k"}, facts)
    assert pairs(asks) == [
        ("s3:GetObject", source),
        ("kms:Decrypt", KEY),
        ("s3:GetObjectTagging", source),
        ("s3:PutObject", OBJ),
        ("s3:PutObjectTagging", OBJ),
        ("kms:GenerateDataKey", KEY),
    ]


def test_when_encryption_is_not_known_the_call_is_refused() -> None:
    refused = bind(call("s3", "GetObject", P), NothingKnown("the backend was not asked"))
    assert isinstance(refused, Refused)
    assert refused.why is Why.NOT_KNOWN
    assert "the backend was not asked" in refused.reason


# Condition keys. https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html


def test_keys_of_a_listing() -> None:
    (asked,) = asks_of("s3", "ListObjectsV2", {"Bucket": "pics", "Prefix": "a/", "MaxKeys": 5})
    assert asked.context["s3:prefix"] == "a/"
    assert asked.context["s3:max-keys"] == "5"
    assert "s3:delimiter" not in asked.context
    assert "s3:delimiter" not in asked.unknown


def test_keys_of_a_write() -> None:
    asked = asks_of("s3", "PutObject", {**P, "ACL": "bucket-owner-full-control", "Tagging": "a=1&b="})[0]
    assert asked.context["s3:x-amz-acl"] == "bucket-owner-full-control"
    assert asked.context["s3:RequestObjectTag/a"] == "1"
    assert asked.context["s3:RequestObjectTagKeys"] == ("a", "b")
    assert not {"s3:x-amz-server-side-encryption", "s3:RequestObjectTag/*"} & set(asked.unknown)
    assert "s3:TlsVersion" in asked.unknown, "the connection tells it, not the call"
    assert "s3:TlsVersion" not in asked.knowing({"s3:TlsVersion": "1.3"}).unknown


def test_tags_of_an_object_and_of_its_bucket_are_two_things() -> None:
    facts = Facts(tags_of={OBJ: {"stage": "x"}, B: {"team": "a"}})
    asked = asks_of("s3", "GetObject", P, facts)[0]
    assert asked.context["s3:ExistingObjectTag/stage"] == "x"
    assert asked.context["aws:ResourceTag/team"] == "a"
    assert "aws:ResourceTag/stage" not in asked.context


def test_the_owner_of_a_bucket() -> None:
    known = asks_of("s3", "GetObject", P, Facts(owners={B: "444455556666"}))[0]
    assert known.resource_account == "444455556666"
    assert known.context["s3:ResourceAccount"] == "444455556666"
    unknown = asks_of("s3", "GetObject", P)[0]
    assert unknown.resource_account is None
    assert "s3:ResourceAccount" in unknown.unknown


@pytest.mark.parametrize(
    "bucket", ["arn:aws:s3:eu-central-1:111122223333:accesspoint/ap", "ap-x-s3alias", "d--euc1-az1--x-s3"]
)
def test_access_points_and_directory_buckets_are_refused(bucket: str) -> None:
    assert isinstance(bind(call("s3", "GetObject", {"Bucket": bucket, "Key": "k"}), Facts()), Refused)


def test_every_operation_of_s3_has_a_row_but_those_of_newer_features() -> None:
    without = {name for name in operations_of("s3") if not isinstance(way_of("s3", name), Row)}
    assert without <= {
        "CreateBucketMetadataConfiguration", "CreateBucketMetadataTableConfiguration", "CreateSession",
        "DeleteObjectAnnotation", "GetObjectAnnotation", "ListDirectoryBuckets", "ListObjectAnnotations",
        "PutObjectAnnotation", "RenameObject", "UpdateBucketMetadataAnnotationTableConfiguration",
        "UpdateBucketMetadataInventoryTableConfiguration", "UpdateBucketMetadataJournalTableConfiguration",
        "UpdateObjectEncryption", "WriteGetObjectResponse",
    }  # fmt: skip
