"""Calls that set an access control list where the bucket's ownership controls disable them.

Source: Amazon S3 User Guide, "Controlling ownership of objects and disabling ACLs for your bucket"
<https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>: "requests to set ACLs or update
ACLs fail", and uploads with another list than bucket owner full control; for CreateBucket
<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>.
"""

from __future__ import annotations

from typing import Final

from passrole.account.service_error import ServiceError
from passrole.activity.bind.model import ApiCall
from passrole.activity.bind.state import Known
from passrole.server.gateway.state.of_service import Place, member_of, texts_of

_SETS: Final = frozenset({"PutBucketAcl", "PutObjectAcl"})
_UPLOADS: Final = frozenset({"CopyObject", "CreateMultipartUpload", "PutObject"})
_GRANTS: Final = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
_FULL_CONTROL: Final = "bucket-owner-full-control"
_ENFORCED: Final = "BucketOwnerEnforced"


def check_acls(place: Place, call: ApiCall) -> None:
    """Raises ServiceError where S3 does not take the list that a call would set."""
    if call.service != "s3":
        return
    if call.operation == "CreateBucket":
        ownership = call.parameters.get("ObjectOwnership") or _ENFORCED
        if ownership == _ENFORCED and (_has_grants(call) or call.parameters.get("ACL") not in (None, "private")):
            raise ServiceError(
                "InvalidBucketAclWithObjectOwnership",
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
            )
        return
    if call.operation in _SETS or (
        call.operation in _UPLOADS and (_has_grants(call) or call.parameters.get("ACL") not in (None, _FULL_CONTROL))
    ):
        controls = place.readings.read(
            "s3",
            "GetBucketOwnershipControls",
            region=place.region,
            account=place.account,
            Bucket=str(call.parameters.get("Bucket")),
        )
        rules = member_of(controls.value, "OwnershipControls", "Rules") if isinstance(controls, Known) else None
        if _ENFORCED in texts_of(rules, "ObjectOwnership"):
            raise ServiceError("AccessControlListNotSupported", "The bucket does not allow ACLs")


def _has_grants(call: ApiCall) -> bool:
    return any(call.parameters.get(each) for each in _GRANTS)
