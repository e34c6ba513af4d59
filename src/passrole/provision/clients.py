"""The door to an account: a factory of botocore clients, and what it says of where their calls go."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias
from urllib.parse import urlsplit

from passrole.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session

TargetKind: TypeAlias = Literal["embedded", "endpoint", "real AWS"]

_REGION_OF_GLOBAL_SERVICES = "us-east-1"
"""IAM has no Regions; where none is configured its calls, and those of STS, are signed for this one."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where calls go. `endpoint` is the URL of IAM, or the account file of an embedded account."""

    kind: TargetKind
    endpoint: str
    region: str
    profile: str | None = None

    def __str__(self) -> str:
        return f"{self.kind} ({self.endpoint})"


class ClientFactory(Protocol):
    """Whoever has one may work on the account behind it; nothing else of passrole opens an account."""

    def client(self, service: str) -> BaseClient:
        """A client of `iam`, `sts` or another service, the same one for the same name."""
        ...

    def describe(self) -> Target: ...


class BotocoreClients:
    """Clients for real AWS or any endpoint, set up as the AWS CLI sets up its own.

    botocore resolves profile, credentials and endpoints: `endpoint_url` wins over AWS_ENDPOINT_URL_IAM and its
    like, over AWS_ENDPOINT_URL, over the profile; AWS_IGNORE_CONFIGURED_ENDPOINT_URLS turns all but the first off.
    Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
    Raises ConfigurationError when the profile or the configuration cannot be used.
    """

    def __init__(
        self, *, profile: str | None = None, region: str | None = None, endpoint_url: str | None = None
    ) -> None:
        self._profile = profile
        self._endpoint_url = endpoint_url
        self._session = _open_session(profile)
        # AWS_REGION goes first as in AWS CLI v2; botocore by itself knows only AWS_DEFAULT_REGION.
        configured = region or os.environ.get("AWS_REGION") or _config_variable(self._session, "region")
        self._region = configured or _REGION_OF_GLOBAL_SERVICES
        self._clients: dict[str, BaseClient] = {}

    def client(self, service: str) -> BaseClient:
        if service not in self._clients:
            self._clients[service] = self._create(service)
        return self._clients[service]

    def describe(self) -> Target:
        """Judged from the URLs that botocore resolved, not from an option: an endpoint may come from a profile.

        Raises ConfigurationError when IAM and STS would go to different kinds of place.
        """
        iam, sts = self.client("iam").meta.endpoint_url, self.client("sts").meta.endpoint_url
        kind = self._kind(iam)
        if self._kind(sts) != kind:
            raise ConfigurationError(
                f"calls of IAM would go to {iam}, those of STS to {sts}",
                help="set both: AWS_ENDPOINT_URL_IAM and AWS_ENDPOINT_URL_STS, or one --endpoint-url",
            )
        return Target(kind, iam, self._region, self._profile or self._session.profile)

    def _kind(self, url: str) -> TargetKind:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
        suffixes = _aws_dns_suffixes(self._session)
        return "real AWS" if any(host.endswith(f".{suffix}") for suffix in suffixes) else "endpoint"

    def _create(self, service: str) -> BaseClient:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        from passrole import __version__

        try:
            client: BaseClient = self._session.create_client(
                service,
                region_name=self._region,
                endpoint_url=self._endpoint_url,
                config=Config(user_agent_extra=f"passrole/{__version__}"),
            )
            _check_url(client.meta.endpoint_url)
        except (BotoCoreError, ValueError) as err:
            if self._endpoint_url is not None:
                raise UsageError(
                    f"`{self._endpoint_url}` cannot be used as an endpoint",
                    causes=(str(err),),
                    help="an endpoint is a URL: --endpoint-url http://127.0.0.1:5000",
                ) from err
            raise ConfigurationError(
                "the AWS configuration cannot be used",
                causes=(str(err).strip(),),
                help="see where each setting comes from: aws configure list",
            ) from err
        return client


def _check_url(url: str) -> None:
    """Raises ValueError for what botocore takes as an endpoint and could call nobody at."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"`{url}` is neither http nor https")
    # `port` itself raises ValueError for a number that is none.
    if not parts.hostname or parts.port == 0:
        raise ValueError(f"`{url}` names no host and port")


def _open_session(profile: str | None) -> Session:
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    try:
        session = Session(profile=profile)
        session.get_scoped_config()
    except BotoCoreError as err:
        raise ConfigurationError(
            "the AWS configuration cannot be used",
            causes=(str(err),),
            help="see which profiles there are: aws configure list-profiles",
        ) from err
    return session


def _config_variable(session: Session, name: str) -> str | None:
    value = session.get_config_variable(name)
    return value if isinstance(value, str) else None


def _aws_dns_suffixes(session: Session) -> frozenset[str]:
    """The domains of AWS's own endpoints in every partition, from botocore's data."""
    partitions = session.get_data("partitions")["partitions"]
    outputs = [partition["outputs"] for partition in partitions]
    return frozenset(output[key] for output in outputs for key in ("dnsSuffix", "dualStackDnsSuffix"))
