"""A new bucket is as AWS makes it since April 2023, until its owner changes it.

<https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html>
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError
from tests.server.gateway_served import GatewayServed, gateway

PUBLIC = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::photos/*"}
        ],
    }
)
OFF = {"BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    with gateway(tmp_path_factory.mktemp("buckets")) as served:
        yield served


@pytest.fixture
def s3(whole: GatewayServed) -> Iterator[Any]:
    yield whole.client("s3")
    whole.served.server.front.gateway.backend.reset()


def refused(call: Any, **given: object) -> tuple[str, int]:
    with pytest.raises(ClientError) as error:
        call(**given)
    return error.value.response["Error"]["Code"], error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_it_blocks_public_access_and_has_no_lists(s3: Any) -> None:
    s3.create_bucket(Bucket="photos")
    block = s3.get_public_access_block(Bucket="photos")["PublicAccessBlockConfiguration"]
    assert block == dict.fromkeys(OFF, True)
    rules = s3.get_bucket_ownership_controls(Bucket="photos")["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_a_public_policy_is_refused_until_the_block_is_taken_away(whole: GatewayServed, s3: Any) -> None:
    s3.create_bucket(Bucket="photos")
    s3.put_object(Bucket="photos", Key="a", Body=b"x")
    with pytest.raises(ClientError, match="BlockPublicPolicy setting"):
        s3.put_bucket_policy(Bucket="photos", Policy=PUBLIC)
    anonymous = whole.client("s3", signature_version=UNSIGNED)
    assert refused(anonymous.get_object, Bucket="photos", Key="a") == ("AccessDenied", 403)
    s3.delete_public_access_block(Bucket="photos")
    assert refused(s3.get_public_access_block, Bucket="photos")[0] == "NoSuchPublicAccessBlockConfiguration"
    s3.put_bucket_policy(Bucket="photos", Policy=PUBLIC)
    assert anonymous.get_object(Bucket="photos", Key="a")["Body"].read() == b"x"


def test_lists_are_refused_until_ownership_allows_them(s3: Any) -> None:
    s3.create_bucket(Bucket="photos")
    unsupported = ("AccessControlListNotSupported", 400)
    assert refused(s3.put_bucket_acl, Bucket="photos", ACL="private") == unsupported
    # Its block of public lists stands as well; S3 names the lists first, as the bucket takes none of any kind.
    assert refused(s3.put_bucket_acl, Bucket="photos", ACL="public-read") == unsupported
    assert refused(s3.put_object, Bucket="photos", Key="a", Body=b"x", ACL="public-read") == unsupported
    assert refused(s3.put_object, Bucket="photos", Key="a", Body=b"x", ACL="aws-exec-read") == unsupported
    s3.put_object(Bucket="photos", Key="a", Body=b"x", ACL="bucket-owner-full-control")
    assert refused(s3.put_object_acl, Bucket="photos", Key="a", ACL="bucket-owner-read") == unsupported
    s3.put_bucket_ownership_controls(
        Bucket="photos", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    s3.put_bucket_acl(Bucket="photos", ACL="private")
    s3.put_object(Bucket="photos", Key="a", Body=b"x", ACL="private")
    with pytest.raises(ClientError, match="BlockPublicAcls setting"):
        s3.put_bucket_acl(Bucket="photos", ACL="public-read")
    s3.put_public_access_block(Bucket="photos", PublicAccessBlockConfiguration=OFF)
    s3.put_bucket_acl(Bucket="photos", ACL="public-read")


def test_a_bucket_is_made_with_a_list_only_where_ownership_allows_it(s3: Any) -> None:
    for acl in ("log-delivery-write", "public-read"):
        made = refused(s3.create_bucket, Bucket="photos", ACL=acl)
        assert made == ("InvalidBucketAclWithObjectOwnership", 400)
    s3.create_bucket(Bucket="photos", ACL="log-delivery-write", ObjectOwnership="ObjectWriter")
    rules = s3.get_bucket_ownership_controls(Bucket="photos")["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "ObjectWriter"}]
    with pytest.raises(ClientError, match="BlockPublicAcls setting"):
        s3.create_bucket(Bucket="others", ACL="public-read", ObjectOwnership="ObjectWriter")


def test_an_upload_by_a_form_is_refused_and_told_what_to_do(whole: GatewayServed, s3: Any) -> None:
    s3.create_bucket(Bucket="photos")
    body = b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\na\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    request = urllib.request.Request(f"{whole.url}/photos", data=body, headers=headers)
    with pytest.raises(urllib.error.HTTPError, match="501") as refused_form:
        urllib.request.urlopen(request, timeout=30)
    with refused_form.value as answer:
        assert b"Presign a PUT instead" in answer.read()


def test_objects_of_a_public_bucket_are_private_until_their_own_list_says_otherwise(
    whole: GatewayServed, s3: Any
) -> None:
    # <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>: READ on a bucket "allows grantee to
    # list the objects in the bucket"; a new object's "default ACL ... grants the resource owner full control".
    s3.create_bucket(Bucket="photos", ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket="photos")
    s3.put_bucket_acl(Bucket="photos", ACL="public-read")
    s3.put_object(Bucket="photos", Key="own", Body=b"x")
    s3.copy_object(Bucket="photos", Key="copied", CopySource="photos/own")
    s3.put_object(Bucket="photos", Key="shown", Body=b"x", ACL="public-read")
    anonymous = whole.client("s3", signature_version=UNSIGNED)
    assert [each["Key"] for each in anonymous.list_objects_v2(Bucket="photos")["Contents"]] == [
        "copied",
        "own",
        "shown",
    ]
    assert anonymous.get_object(Bucket="photos", Key="shown")["Body"].read() == b"x"
    for key in ("own", "copied"):
        assert refused(anonymous.get_object, Bucket="photos", Key=key) == ("AccessDenied", 403)
    acl = s3.get_object_acl(Bucket="photos", Key="own")
    s3.put_object_acl(
        Bucket="photos", Key="shown", AccessControlPolicy={each: acl[each] for each in ("Owner", "Grants")}
    )
    assert refused(anonymous.get_object, Bucket="photos", Key="shown") == ("AccessDenied", 403)
