"""S3: whose a bucket is, how buckets and objects are encrypted, and the tags that count.

Sources: "Setting default server-side encryption" <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html>
(SSE-S3 where nothing else is set), "Using tags for attribute-based access control with S3 general purpose buckets"
<https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html> (off until it is enabled).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from passrole.activity.bind.state import Answer, Encryption, Known, NoSuchThing, NotKnown
from passrole.policy.arn import Arn
from passrole.server.gateway.readings import Lacking
from passrole.server.gateway.state.kms import key_named
from passrole.server.gateway.state.of_service import OfService, Place, member_of, tags_under, texts_of

_KMS: Final = ("aws:kms", "aws:kms:dsse")


class S3State(OfService):
    service = "s3"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._owners: dict[str, Answer[str]] = {}

    def owner(self, resource: Arn) -> Answer[str]:
        """The account that lists the bucket as its own."""
        return self._owner(resource.resource.partition("/")[0])

    def _owner(self, bucket: str) -> Answer[str]:
        # Each question about a bucket begins with this one.
        found = self._owners.get(bucket)
        if found is None:
            found = self._owners[bucket] = self._holder(bucket)
        return found

    def _holder(self, bucket: str) -> Answer[str]:
        holders: list[str] = []
        for account in self.place.accounts:
            answer = self.place.readings.all_of(
                "s3", "ListBuckets", "Buckets", region=self.place.region, account=account
            )
            if isinstance(answer, NotKnown):
                return answer
            if isinstance(answer, Known) and bucket in texts_of(answer.value, "Name"):
                holders.append(account)
        if len(holders) > 1:
            return NotKnown(f"the backend shows the bucket `{bucket}` to several accounts, and not whose it is")
        return Known(holders[0]) if holders else NoSuchThing()

    def tags(self, resource: Arn) -> Answer[Mapping[str, str]]:
        bucket, _, rest = resource.resource.partition("/")
        if rest:
            return tags_under(self._of_owner("GetObjectTagging", bucket, **_object(rest)), "TagSet")
        abac = self._of_owner("GetBucketAbac", bucket)
        if isinstance(abac, Lacking):
            # Off unless it is put on, which such a backend cannot do either.
            return Known({})
        if not isinstance(abac, Known):
            return abac
        if member_of(abac.value, "AbacStatus", "Status") != "Enabled":
            return Known({})
        tags = tags_under(self._of_owner("GetBucketTagging", bucket), "TagSet")
        return Known({}) if isinstance(tags, NoSuchThing) else tags

    def encryption(self, resource: Arn) -> Answer[Encryption]:
        bucket, _, rest = resource.resource.partition("/")
        if not rest:
            return self._of_bucket(bucket)
        parameters = _object(rest)
        upload = parameters.pop("UploadId", None)
        if upload is not None:
            return self._of_upload(bucket, upload, **parameters)
        head = self._of_owner("HeadObject", bucket, **parameters)
        if not isinstance(head, Known):
            return head
        algorithm = str(head.value.get("ServerSideEncryption") or "AES256")
        return self._with_key(bucket, algorithm, head.value.get("SSEKMSKeyId"), head.value.get("BucketKeyEnabled"))

    def _of_upload(self, bucket: str, upload: str, **parameters: str) -> Answer[Encryption]:
        found = self.place.readings.encryption_of_upload(upload)
        if found is not None:
            return Known(found)
        parts = self._of_owner("ListParts", bucket, UploadId=upload, **parameters)
        if isinstance(parts, NoSuchThing):
            # Ended, or never begun: S3 says so itself.
            return parts
        return NotKnown("S3 does not show how an upload began, and it began elsewhere")

    def _of_bucket(self, bucket: str) -> Answer[Encryption]:
        answer = self._of_owner("GetBucketEncryption", bucket)
        if isinstance(answer, NoSuchThing):
            return Known(Encryption("AES256"))
        if not isinstance(answer, Known):
            return answer
        rules = member_of(answer.value, "ServerSideEncryptionConfiguration", "Rules")
        first = rules[0] if isinstance(rules, list) and rules else {}
        default = member_of(first, "ApplyServerSideEncryptionByDefault")
        return self._with_key(
            bucket,
            str(member_of(default, "SSEAlgorithm") or "AES256"),
            member_of(default, "KMSMasterKeyID"),
            member_of(first, "BucketKeyEnabled"),
        )

    def _with_key(self, bucket: str, algorithm: str, key: object, bucket_key: object) -> Answer[Encryption]:
        """A key that is not named is AWS's for S3 in the account of the bucket, which nobody else can use."""
        if algorithm not in _KMS:
            return Known(Encryption(algorithm))
        arn = key_named(self.place, str(key or "alias/aws/s3"), self._account(bucket))
        if isinstance(arn, Known):
            return Known(Encryption(algorithm, arn.value, bool(bucket_key)))
        return NotKnown(f"the KMS key `{key}` is not there") if isinstance(arn, NoSuchThing) else arn

    def _of_owner(self, operation: str, bucket: str, **parameters: str) -> Answer[Mapping[str, object]]:
        place = self.place
        return place.readings.read(
            "s3", operation, region=place.region, account=self._account(bucket), Bucket=bucket, **parameters
        )

    def _account(self, bucket: str) -> str:
        owner = self._owner(bucket)
        return owner.value if isinstance(owner, Known) else self.place.account


def _object(name: str) -> dict[str, str]:
    """From the form of `activity.bind.services.s3_names.stored`."""
    key, _, query = name.partition("?")
    found = {"Key": unquote(key)}
    kind, _, value = query.partition("=")
    if kind == "versionId":
        found["VersionId"] = value
    elif kind == "uploadId":
        found["UploadId"] = value
    return found
