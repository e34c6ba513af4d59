"""What S3's operations on objects ask: the object or its version, both sides of a copy, tags, ACLs and locks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, unquote

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.rows import Builder
from passrole.activity.bind.services.s3_encryption import (
    keys_of_new_object,
    read_encrypted,
    read_upload,
    write_encrypted,
)
from passrole.activity.bind.services.s3_names import bucket_arn, object_arn, stored
from passrole.activity.bind.state import Known, NoSuchThing, NotKnown
from passrole.activity.bind.tags import tags_in
from passrole.engine.request import ContextValue

_HEADERS = {
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-grant-full-control": "GrantFullControl",
    "s3:x-amz-grant-read": "GrantRead",
    "s3:x-amz-grant-read-acp": "GrantReadACP",
    "s3:x-amz-grant-write": "GrantWrite",
    "s3:x-amz-grant-write-acp": "GrantWriteACP",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:x-amz-website-redirect-location": "WebsiteRedirectLocation",
    "s3:x-amz-copy-source": "CopySource",
    "s3:x-amz-metadata-directive": "MetadataDirective",
    "s3:x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
    "s3:object-lock-mode": "ObjectLockMode",
    "s3:object-lock-legal-hold": "ObjectLockLegalHoldStatus",
    "s3:if-match": "IfMatch",
    "s3:if-none-match": "IfNoneMatch",
}
"""Condition keys that hold a header of the request as it is, with its member in botocore's model."""

_GRANTS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP")
_RETENTION = ("s3:object-lock-retain-until-date", "s3:object-lock-remaining-retention-days")


def headers(inquiry: Inquiry) -> dict[str, ContextValue | None]:
    """The keys of `_HEADERS`: present as in the request, absent where the request has no such header."""
    return {key: inquiry.text(member) for key, member in _HEADERS.items()}


def ask_object(
    inquiry: Inquiry, action: str, arn: str, context: Mapping[str, ContextValue | None] | None = None
) -> Asked:
    """A question about an object: tags of the object itself are s3:ExistingObjectTag, those of its bucket the rest."""
    keys: dict[str, ContextValue | None] = {"s3:VersionId": inquiry.text("VersionId"), **(context or {})}
    version = keys["s3:VersionId"]
    existing = inquiry.state.tags(stored(arn, version=str(version) if version else None))
    why = None
    if isinstance(existing, Known):
        keys.update({f"s3:ExistingObjectTag/{key}": value for key, value in existing.value.items()})
    elif isinstance(existing, NotKnown):
        why = existing.reason
    absent = {"s3:ExistingObjectTag/*", "s3:AccessGrantsInstanceArn"}
    if "s3:ResourceAccount" not in keys:
        owner = inquiry.state.owner(bucket_arn(inquiry))
        if isinstance(owner, Known):
            keys["s3:ResourceAccount"] = owner.value
    asked = inquiry.ask(action, arn, "object", keys, absent=absent, tagged=arn.partition("/")[0])
    return inquiry.unknown(asked, "s3:ExistingObjectTag/*", why) if why and action in _WITH_EXISTING_TAGS else asked


_WITH_EXISTING_TAGS = frozenset(
    f"s3:{name}"
    for name in [
        "DeleteObjectTagging",
        "DeleteObjectVersionTagging",
        "GetObject",
        "GetObjectAcl",
        "GetObjectAttributes",
        "GetObjectTagging",
        "GetObjectVersion",
        "GetObjectVersionAcl",
        "GetObjectVersionAttributes",
        "GetObjectVersionTagging",
        "PutObjectAcl",
        "PutObjectTagging",
        "PutObjectVersionAcl",
        "PutObjectVersionTagging",
    ]
)
"""Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>"""


def of_object(action: str, version_action: str | None = None) -> Builder:
    """The action on the object; another where the call names a version."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        chosen = version_action if version_action and inquiry.text("VersionId") else action
        yield ask_object(inquiry, chosen, object_arn(inquiry), headers(inquiry))

    return build


def get_object(inquiry: Inquiry) -> Iterator[Asked]:
    """Reading an object, and its key in KMS when it has one."""
    yield from of_object("s3:GetObject", "s3:GetObjectVersion")(inquiry)
    yield from _that_it_is_not_there(inquiry)
    yield from read_encrypted(inquiry, object_arn(inquiry), inquiry.text("VersionId"))


def head_object(inquiry: Inquiry) -> Iterator[Asked]:
    """Metadata is not encrypted with the key; checksums are."""
    yield from of_object("s3:GetObject", "s3:GetObjectVersion")(inquiry)
    yield from _that_it_is_not_there(inquiry)
    if inquiry.text("ChecksumMode") == "ENABLED":
        yield from read_encrypted(inquiry, object_arn(inquiry), inquiry.text("VersionId"))


def _that_it_is_not_there(inquiry: Inquiry) -> Iterator[Asked]:
    """Of an object that is not there, only who may list the bucket is told so; others are denied.

    <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>. What prefix S3 asks with then is not said.
    """
    bucket, arn = bucket_arn(inquiry), object_arn(inquiry)
    if inquiry.text("VersionId") or not isinstance(inquiry.state.owner(bucket), Known):
        return
    if isinstance(inquiry.state.encryption(stored(arn)), NoSuchThing):
        keys: dict[str, ContextValue | None] = {"s3:ResourceAccount": _owner(inquiry, bucket)}
        yield inquiry.ask("s3:ListBucket", bucket, "bucket", keys, absent={"s3:AccessGrantsInstanceArn"})


def _owner(inquiry: Inquiry, bucket: str) -> str | None:
    owner = inquiry.state.owner(bucket)
    return owner.value if isinstance(owner, Known) else None


def get_attributes(inquiry: Inquiry) -> Iterator[Asked]:
    yield from of_object("s3:GetObject", "s3:GetObjectVersion")(inquiry)
    yield from of_object("s3:GetObjectAttributes", "s3:GetObjectVersionAttributes")(inquiry)


def put_object(inquiry: Inquiry) -> Iterator[Asked]:
    """Writing an object, with what its headers set besides: an ACL, tags, a retention or a legal hold."""
    yield from _write(inquiry, object_arn(inquiry), creates=True)
    yield from write_encrypted(inquiry, object_arn(inquiry))


def create_upload(inquiry: Inquiry) -> Iterator[Asked]:
    yield from _write(inquiry, object_arn(inquiry), creates=False)
    yield from write_encrypted(inquiry, object_arn(inquiry))


def upload_part(inquiry: Inquiry) -> Iterator[Asked]:
    arn = object_arn(inquiry)
    yield ask_object(inquiry, "s3:PutObject", arn, _put_keys(inquiry, creates=False))
    yield from read_upload(inquiry, arn)


def complete_upload(inquiry: Inquiry) -> Iterator[Asked]:
    arn = object_arn(inquiry)
    yield ask_object(inquiry, "s3:PutObject", arn, _put_keys(inquiry, creates=True))
    yield from read_upload(inquiry, arn)


def copy_object(inquiry: Inquiry) -> Iterator[Asked]:
    """Both sides. Tags go along unless they are replaced, so that a tagged source asks for them too."""
    source, version = copy_source(inquiry)
    yield ask_object(inquiry, _get(version), source, {"s3:VersionId": version})
    yield from read_encrypted(inquiry, source, version)
    tagged = inquiry.text("TaggingDirective") != "REPLACE" and _has_tags(inquiry, stored(source, version=version))
    if tagged:
        action = "s3:GetObjectVersionTagging" if version else "s3:GetObjectTagging"
        yield ask_object(inquiry, action, source, {"s3:VersionId": version})
    yield from _write(inquiry, object_arn(inquiry), creates=True)
    if tagged:
        yield ask_object(inquiry, "s3:PutObjectTagging", object_arn(inquiry))
    yield from write_encrypted(inquiry, object_arn(inquiry))


def upload_part_copy(inquiry: Inquiry) -> Iterator[Asked]:
    source, version = copy_source(inquiry)
    yield ask_object(inquiry, _get(version), source, {"s3:VersionId": version})
    yield from read_encrypted(inquiry, source, version)
    yield from upload_part(inquiry)


def delete_object(inquiry: Inquiry) -> Iterator[Asked]:
    yield from of_object("s3:DeleteObject", "s3:DeleteObjectVersion")(inquiry)
    if inquiry.call.parameters.get("BypassGovernanceRetention"):
        yield ask_object(inquiry, "s3:BypassGovernanceRetention", object_arn(inquiry))


def delete_objects(inquiry: Inquiry) -> Iterator[Asked]:
    """One question for each object of the list."""
    entries = inquiry.mapping("Delete").get("Objects")
    if not isinstance(entries, (list, tuple)):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, "the call lists no objects to delete")
    for each in entries:
        arn = f"{bucket_arn(inquiry)}/{each['Key']}"
        version = each.get("VersionId")
        action = "s3:DeleteObjectVersion" if version else "s3:DeleteObject"
        yield ask_object(inquiry, action, arn, {"s3:VersionId": version})
        if inquiry.call.parameters.get("BypassGovernanceRetention"):
            yield ask_object(inquiry, "s3:BypassGovernanceRetention", arn, {"s3:VersionId": version})


def put_tagging(inquiry: Inquiry) -> Iterator[Asked]:
    tags = tags_in(inquiry.mapping("Tagging").get("TagSet"))
    action = "s3:PutObjectVersionTagging" if inquiry.text("VersionId") else "s3:PutObjectTagging"
    yield ask_object(inquiry, action, object_arn(inquiry), object_tag_keys(tags))


def put_retention(inquiry: Inquiry) -> Iterator[Asked]:
    retention = inquiry.mapping("Retention")
    mode = retention.get("Mode")
    keys: dict[str, ContextValue | None] = {"s3:object-lock-mode": str(mode) if mode else None}
    yield ask_object(inquiry, "s3:PutObjectRetention", object_arn(inquiry), keys)
    if inquiry.call.parameters.get("BypassGovernanceRetention"):
        yield ask_object(inquiry, "s3:BypassGovernanceRetention", object_arn(inquiry))


def copy_source(inquiry: Inquiry) -> tuple[str, str | None]:
    """The ARN of a copy's source and the version, if one is named; raises CannotBindError for an access point."""
    value = inquiry.call.parameters.get("CopySource")
    if isinstance(value, Mapping):
        version = value.get("VersionId")
        return f"{bucket_arn(inquiry, str(value['Bucket']))}/{value['Key']}", str(version) if version else None
    path, _, query = inquiry.need("CopySource").partition("?")
    bucket, slash, key = unquote(path).lstrip("/").partition("/")
    if not slash or bucket.startswith("arn:"):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"the source `{path}` is no bucket with an object's key")
    return f"{bucket_arn(inquiry, bucket)}/{key}", dict(parse_qsl(query)).get("versionId")


def object_tag_keys(tags: Mapping[str, str]) -> dict[str, ContextValue | None]:
    """s3:RequestObjectTag/KEY and s3:RequestObjectTagKeys; both absent without tags."""
    if not tags:
        return {"s3:RequestObjectTag/*": None, "s3:RequestObjectTagKeys": None}
    return {
        "s3:RequestObjectTag/*": None,
        "s3:RequestObjectTagKeys": tuple(tags),
        **{f"s3:RequestObjectTag/{key}": value for key, value in tags.items()},
    }


def _write(inquiry: Inquiry, arn: str, *, creates: bool) -> Iterator[Asked]:
    keys = _put_keys(inquiry, creates=creates)
    yield ask_object(inquiry, "s3:PutObject", arn, keys)
    if any(inquiry.text(name) for name in _GRANTS):
        yield ask_object(inquiry, "s3:PutObjectAcl", arn, headers(inquiry))
    if inquiry.text("Tagging"):
        yield ask_object(inquiry, "s3:PutObjectTagging", arn, keys)
    if inquiry.text("ObjectLockMode") or inquiry.text("ObjectLockRetainUntilDate"):
        yield ask_object(inquiry, "s3:PutObjectRetention", arn, {"s3:object-lock-mode": inquiry.text("ObjectLockMode")})
    if inquiry.text("ObjectLockLegalHoldStatus"):
        yield ask_object(inquiry, "s3:PutObjectLegalHold", arn, headers(inquiry))


def _put_keys(inquiry: Inquiry, *, creates: bool) -> dict[str, ContextValue | None]:
    tags = dict(parse_qsl(inquiry.text("Tagging") or "", keep_blank_values=True))
    keys = {**headers(inquiry), **object_tag_keys(tags), **keys_of_new_object(inquiry)}
    keys["s3:ObjectCreationOperation"] = "true" if creates else "false"
    if not inquiry.text("ObjectLockRetainUntilDate"):
        keys.update(dict.fromkeys(_RETENTION))
    return keys


def _get(version: str | None) -> str:
    return "s3:GetObjectVersion" if version else "s3:GetObject"


def _has_tags(inquiry: Inquiry, arn: str) -> bool:
    tags = inquiry.state.tags(arn)
    if isinstance(tags, NotKnown):
        raise CannotBindError(Why.NOT_KNOWN, f"whether `{arn}` has tags, which a copy takes along: {tags.reason}")
    return isinstance(tags, Known) and bool(tags.value)
