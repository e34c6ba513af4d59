"""The refusal of a request that is not what its operation's model describes.

What only another parser would read differently must not pass: the call is decided by what is read here. AWS ignores
some of what is refused here, a member of another version of the API for one.
"""

from __future__ import annotations

from passrole.account.service_error import ServiceError

CODE = "SerializationException"


def undecodable(message: str) -> ServiceError:
    """`message` is a sentence for the caller. The code is that of the JSON protocols; others have their own."""
    return ServiceError(CODE, message)
