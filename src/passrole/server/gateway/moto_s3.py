"""Which operations of S3 moto tells apart.

S3's operations on one address differ by a sub-resource in the query (`DELETE /bucket?analytics`). moto takes one that
it does not know for the plain request: it would answer `GET /bucket?abac` with a list of the objects, delete the bucket
for `DELETE /bucket?analytics`, and hand out the object for `GET /bucket/key?retention`. What was decided is not what
would be done, so such a call does not reach it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from passrole.server.gateway.service_models import model_of

_KNOWN: Final = {
    (
        "GET",
        False,
    ): "accelerate acl cors encryption inventory lifecycle list-type location logging notification object-lock"
    " ownershipControls policy policyStatus publicAccessBlock replication tagging uploads versioning versions website",
    (
        "PUT",
        False,
    ): "accelerate acl cors encryption inventory lifecycle logging notification object-lock ownershipControls"
    " policy publicAccessBlock replication tagging versioning website",
    (
        "DELETE",
        False,
    ): "cors encryption lifecycle ownershipControls policy publicAccessBlock replication tagging website",
    ("POST", False): "delete",
    ("GET", True): "acl attributes legal-hold tagging",
    ("PUT", True): "acl legal-hold retention tagging",
    ("DELETE", True): "tagging",
    ("POST", True): "restore select uploads",
}
"""By method, and whether the request is about an object: the sub-resources in moto 5.2.5 (`moto/s3/responses.py`)."""


_ELSEWHERE: Final = frozenset({"ListDirectoryBuckets", "WriteGetObjectResponse"})
"""AWS answers them at other hosts; here they would be a list of buckets, and an upload to a bucket."""


_WRITES_OBJECT: Final = frozenset({"CopyObject", "PutObject"})
_ACL: Final = ("x-amz-acl", "x-amz-grant-")


def moto_tells_apart(operation: str) -> bool:
    """Of an operation of S3, by botocore's name."""
    http = model_of("s3").operation_model(operation).http
    path, _, query = str(http["requestUri"]).partition("?")
    if not query:
        return operation not in _ELSEWHERE
    sub_resource = query.partition("&")[0].partition("=")[0]
    known = _KNOWN.get((str(http["method"]), "{Key" in path), "")
    return sub_resource in known.split()


def with_acl_of_its_own(operation: str, headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers of a call of S3 for moto, which gives a new object the list of its bucket where the call names none.

    At S3 it has one of its own that grants its owner full control, and nobody else anything
    <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>.
    """
    if operation not in _WRITES_OBJECT or any(name.lower().startswith(_ACL) for name in headers):
        return headers
    return {**headers, "x-amz-acl": "private"}
