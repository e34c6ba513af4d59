"""The instance metadata service, version 2 alone: tokens by PUT, and the part of the metadata that SDKs ask for.

Source: Amazon EC2 User Guide, "Use the Instance Metadata Service to access instance metadata"
<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html>, "Instance metadata
categories" <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html>, "Instance identity
documents" <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html>.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from passrole.account.clock import Clock
from passrole.account.service_error import ServiceError
from passrole.catalog.partitions import dns_suffix
from passrole.server.message import HttpRequest, HttpResponse
from passrole.server.metadata.guard import comes_from_elsewhere
from passrole.server.metadata.role_credentials import RoleCredentials, credential_members, iso_time

TOKEN_PATH: Final = "/latest/api/token"  # noqa: S105 (a path)
_TTL: Final = "x-aws-ec2-metadata-token-ttl-seconds"
_TOKEN: Final = "x-aws-ec2-metadata-token"  # noqa: S105 (a header's name)
MOST_TTL_SECONDS: Final = 21_600
_MOST_TOKENS: Final = 10_000
_TOKEN_BYTES: Final = 40


@dataclass(frozen=True, slots=True)
class Instance:
    """The instance that a workload finds itself on; nothing of it exists but its role."""

    instance_id: str
    region: str
    account_id: str
    partition: str
    role_name: str
    profile_arn: str
    profile_id: str

    @property
    def availability_zone(self) -> str:
        return f"{self.region}a"

    @property
    def request_keys(self) -> dict[str, str]:
        """What AWS tells of every request with the instance's credentials, got by version 2 of the metadata service.

        Source: Service Authorization Reference, "Condition keys for Amazon EC2"
        <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html#amazonec2-policy-keys>
        """
        instance_arn = f"arn:{self.partition}:ec2:{self.region}:{self.account_id}:instance/{self.instance_id}"
        return {"ec2:SourceInstanceARN": instance_arn, "ec2:RoleDelivery": "2.0"}


class InstanceMetadata:
    """Answers requests of one instance; safe to use from several threads."""

    def __init__(self, instance: Instance, credentials: RoleCredentials, clock: Clock) -> None:
        self.instance = instance
        self._credentials = credentials
        self._clock = clock
        self._lock = Lock()
        self._tokens: dict[str, int] = {}
        """When each ends."""
        self._leaves = self._tree()

    def answer(self, request: HttpRequest) -> HttpResponse:
        if comes_from_elsewhere(request):
            return _error(403)
        if request.path == TOKEN_PATH:
            return self._token(request) if request.method == "PUT" else _error(405)
        if request.method not in {"GET", "HEAD"}:
            return _error(405)
        if not self._has_token(request):
            return _error(401)
        path = request.path.strip("/")
        leaf = self._leaves.get(path)
        if leaf is not None:
            return leaf()
        names = _names_below(path, self._leaves)
        return _text("\n".join(names)) if names else _error(404)

    def _token(self, request: HttpRequest) -> HttpResponse:
        given = request.header(_TTL) or ""
        if not (given.isascii() and given.isdigit() and len(given) <= 5 and 1 <= int(given) <= MOST_TTL_SECONDS):
            return _error(400)
        token, now = secrets.token_urlsafe(_TOKEN_BYTES), self._clock()
        with self._lock:
            if len(self._tokens) >= _MOST_TOKENS:
                self._tokens = {each: ends for each, ends in self._tokens.items() if ends > now}
            if len(self._tokens) >= _MOST_TOKENS:
                return _error(503)
            self._tokens[token] = now + int(given)
        return _text(token, (("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", given),))

    def _has_token(self, request: HttpRequest) -> bool:
        """Version 1 asked for none."""
        given = request.header_values(_TOKEN)
        with self._lock:
            return len(given) == 1 and self._tokens.get(given[0], 0) > self._clock()

    def _tree(self) -> dict[str, Callable[[], HttpResponse]]:
        here = self.instance
        texts = {
            "instance-id": here.instance_id,
            "placement/availability-zone": here.availability_zone,
            "placement/region": here.region,
            "services/domain": dns_suffix(here.partition),
            "services/partition": here.partition,
        }

        def text_of(value: str) -> Callable[[], HttpResponse]:
            return lambda: _text(value)

        return {
            **{f"latest/meta-data/{name}": text_of(value) for name, value in texts.items()},
            "latest/meta-data/iam/info": self._info,
            f"latest/meta-data/iam/security-credentials/{here.role_name}": self._security_credentials,
            "latest/dynamic/instance-identity/document": self._identity_document,
        }

    def _security_credentials(self) -> HttpResponse:
        now = self._clock()
        try:
            made, made_at = self._credentials.current()
        except ServiceError as refusal:
            # EC2 too answers with 200 and what is wrong.
            message = f"EC2 cannot assume the role {self.instance.role_name}. {refusal.message}"
            return _json({"Code": "AssumeRoleUnauthorizedAccess", "Message": message, "LastUpdated": iso_time(now)})
        return _json(
            {
                "Code": "Success",
                "LastUpdated": iso_time(made_at),
                "Type": "AWS-HMAC",
                **credential_members(made),
            }
        )

    def _info(self) -> HttpResponse:
        return _json(
            {
                "Code": "Success",
                "LastUpdated": iso_time(self._clock()),
                "InstanceProfileArn": self.instance.profile_arn,
                "InstanceProfileId": self.instance.profile_id,
            }
        )

    def _identity_document(self) -> HttpResponse:
        """Without the members that tell of hardware, network and image, of which there are none."""
        here = self.instance
        return _json(
            {
                "accountId": here.account_id,
                "availabilityZone": here.availability_zone,
                "instanceId": here.instance_id,
                "region": here.region,
                "version": "2017-09-30",
            }
        )


def _names_below(path: str, leaves: dict[str, Callable[[], HttpResponse]]) -> list[str]:
    """What a folder lists, folders with a slash behind them."""
    start = f"{path}/" if path else ""
    names: dict[str, None] = {}
    for leaf in sorted(leaves):
        if leaf.startswith(start):
            name, slash, _ = leaf[len(start) :].partition("/")
            names[name + slash] = None
    return list(names)


_TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}


def _text(text: str, more: tuple[tuple[str, str], ...] = ()) -> HttpResponse:
    return HttpResponse(200, (("Content-Type", "text/plain"), *more), text.encode())


def _json(value: dict[str, str]) -> HttpResponse:
    return _text(json.dumps(value, indent=2))


def _error(status: int) -> HttpResponse:
    return HttpResponse(status, (("Content-Type", "text/plain"),), f"{status} - {_TITLES[status]}\n".encode())
