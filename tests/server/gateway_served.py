"""A served account with its gateway, and boto3 clients of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from passrole.server.gateway.enforcement import GatewayMode
from passrole.server.gateway.opening import GatewayOptions
from passrole.server.http import ServedAccount, serving

REGION = "us-east-1"
ACCOUNT = "111122223333"


@dataclass(frozen=True)
class Keys:
    id: str
    secret: str
    token: str | None = None


class GatewayServed:
    """`admin` is the account's administrator; `user` makes others."""

    def __init__(self, served: ServedAccount) -> None:
        self.served = served
        self.url = served.endpoint_url
        environment = served.environment()
        self.admin = Keys(environment.access_key_id, environment.secret_access_key)

    def client(self, service: str, keys: Keys | None = None, *, region: str = REGION, **config: Any) -> Any:
        found = keys or self.admin
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=found.id,
            aws_secret_access_key=found.secret,
            aws_session_token=found.token,
            config=Config(retries={"total_max_attempts": 1}, **config),
        )

    def user(self, name: str, *statements: Mapping[str, object]) -> Keys:
        """A new user with these statements for its policy, and its keys."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        if statements:
            self.allow(name, *statements)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Keys(key["AccessKeyId"], key["SecretAccessKey"])

    def allow(self, name: str, *statements: Mapping[str, object]) -> None:
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        self.client("iam").put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(document))

    def last_events(self, number: int = 1) -> list[Mapping[str, Any]]:
        return self.served.store.decisions.events(limit=number)


@contextmanager
def gateway(folder: Path, mode: GatewayMode | None = None, **settings: Any) -> Iterator[GatewayServed]:
    options = GatewayOptions(mode or GatewayMode())
    with serving(folder / "account.db", gateway=options, **settings) as served:
        backend = served.server.front.gateway.backend
        backend.reset()
        yield GatewayServed(served)


def allow(actions: object, resources: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}
