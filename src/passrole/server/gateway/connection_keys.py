"""The condition keys about how a request to Amazon S3 was signed.

Source: Service Authorization Reference, Amazon S3, "Condition keys"
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from passrole.engine.request import ContextValue
from passrole.server.authentication import Signed
from passrole.server.message import HttpRequest
from passrole.server.signature import ALGORITHM, SignatureForm


def connection_keys(
    request: HttpRequest, signed: Signed | None, payload: str | None, now: datetime
) -> dict[str, ContextValue]:
    """None for a call to another service, nor for an anonymous one, which has no signature."""
    if signed is None or payload is None:
        return {}
    presigned = signed.claim.form is SignatureForm.QUERY
    keys: dict[str, ContextValue] = {
        "s3:authType": "REST-QUERY-STRING" if presigned else "REST-HEADER",
        "s3:signatureversion": ALGORITHM,
        "s3:x-amz-content-sha256": payload,
    }
    if presigned:
        age = (now - signed.claim.moment) // timedelta(milliseconds=1)
        keys["s3:signatureAge"] = str(max(age, 0))
    return keys
