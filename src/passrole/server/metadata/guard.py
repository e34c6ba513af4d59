"""What no workload sends: a Host that is not this machine, and the marks of a web page or of a proxy in between.

Sources: Amazon EC2 User Guide, "Use the Instance Metadata Service to access instance metadata": "PUT requests that
contain an X-Forwarded-For header are rejected"
<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html>. The rest is as at the
account's own endpoint (`endpoint_guard`).
"""

from __future__ import annotations

from typing import Final

from passrole.server.endpoint_guard import is_loopback, refusal_of
from passrole.server.message import HttpRequest

_FORWARDED: Final = ("x-forwarded-for", "forwarded", "via")


def comes_from_elsewhere(request: HttpRequest) -> bool:
    """Whether the request was not made by a program of this machine for this address."""
    if not is_loopback(request.source_ip) or refusal_of(request) is not None:
        return True
    return any(request.header(name) is not None for name in _FORWARDED)
