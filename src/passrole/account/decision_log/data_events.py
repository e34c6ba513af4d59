"""Which calls CloudTrail writes as data events: what is done in a resource, and not to it.

Source: AWS CloudTrail User Guide, "Logging data events"
<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html>; for S3 "Amazon S3
CloudTrail events" <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html>.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_DATA: Final[Mapping[str, re.Pattern[str]]] = {
    service: re.compile(pattern)
    for service, pattern in {
        "dynamodb": r"(?:Batch|Transact)?(?:Get|Write|Put|Update|Delete)Items?|Query|Scan|"
        r"(?:Batch)?Execute(?:Statement|Transaction)",
        "lambda": r"Invoke.*",
        "s3": r".*Object(?!LockConfiguration|OwnershipControls).*|ListObjects.*|.*MultipartUploads?|UploadPart.*|"
        r"ListParts|HeadBucket",
        "sns": r"Publish.*",
        "sqs": r"(?:Send|Receive|Delete)Message(?:Batch)?|ChangeMessageVisibility(?:Batch)?",
    }.items()
}


def is_data_event(service: str, operation: str) -> bool:
    """`service` and `operation` as botocore names them."""
    pattern = _DATA.get(service)
    return pattern is not None and pattern.fullmatch(operation) is not None
