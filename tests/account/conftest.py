"""An account on a file of its own, called operation by operation; every answer is held against AWS's output model.

Each test runs twice: the operations called directly, and through botocore's clients, signed and over XML.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from passrole.account.aws_models import shared_loader
from passrole.account.callers import Caller, find_credential
from passrole.account.dispatch import carry_out, find_operation
from passrole.account.ids import repeatable_ids
from passrole.account.service_error import ServiceError, invalid_client_token
from passrole.account.stack_cache import StackCache
from passrole.account.store import AccountStore

START = int(datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC).timestamp())


@dataclass
class Clock:
    now: int = START

    def __call__(self) -> int:
        return self.now


class ApiError(Exception):
    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(f"{code} ({status}): {message}")
        self.code, self.message, self.status = code, message, status


@dataclass
class Api:
    """The account as the owner of an access key uses it: `api("CreateRole", RoleName=…)`.

    Documents in answers are decoded as botocore decodes them.
    """

    store: AccountStore
    access_key_id: str
    clock: Clock
    through_botocore: bool
    stacks: StackCache = field(default_factory=StackCache)
    clients: dict[str, object] = field(default_factory=dict)

    def __call__(self, name: str, /, **params: object) -> dict:
        service = "sts" if name in STS_OPERATIONS else "iam"
        if self.through_botocore:
            return self._call_client(service, name, params)
        operation = find_operation(service, name)
        try:
            with self.store.writing() if operation.writes else self.store.reading() as connection:
                credential = find_credential(connection, self.access_key_id)
                if credential is None:
                    raise invalid_client_token()
                ctx = self.store.context(connection, credential.caller)
                answer = carry_out(ctx, operation, params, self.stacks)
        except ServiceError as error:
            raise ApiError(error.code, error.message, error.http_status) from error
        output = shared_loader().load_service_model(service, "service-2")["operations"][name].get("output")
        if output is None:
            assert answer == {}
        else:
            check_shape(service, output["shape"], answer)
        return decoded(answer)

    def _call_client(self, service: str, name: str, params: dict) -> dict:
        from botocore import xform_name
        from botocore.exceptions import ClientError

        try:
            answer = getattr(self._client(service), xform_name(name))(**params)
        except ClientError as error:
            details, metadata = error.response["Error"], error.response["ResponseMetadata"]
            raise ApiError(details["Code"], details["Message"], metadata["HTTPStatusCode"]) from error
        del answer["ResponseMetadata"]
        return answer

    def _client(self, service: str) -> object:
        from passrole.server.embedded import Credentials, EmbeddedAccount
        from passrole.server.gate import Gate

        if service not in self.clients:
            with self.store.reading() as connection:
                found = find_credential(connection, self.access_key_id)
            assert found is not None
            credentials = Credentials(found.access_key_id, found.secret, found.token)
            account = EmbeddedAccount(self.store, Gate(self.store), credentials, "us-east-1")
            self.clients[service] = account.client(service)
        return self.clients[service]

    @property
    def caller(self) -> Caller:
        """Who calls, as the account knows it now."""
        with self.store.reading() as connection:
            credential = find_credential(connection, self.access_key_id)
        assert credential is not None
        return credential.caller

    def with_key(self, access_key_id: str) -> Api:
        """The same account, called with another key."""
        return Api(self.store, access_key_id, self.clock, self.through_botocore, self.stacks)

    def as_new_user(self, name: str, *statements: Mapping[str, object]) -> Api:
        """A user made for the test, allowed what the statements say."""
        self("CreateUser", UserName=name)
        if statements:
            self("PutUserPolicy", UserName=name, PolicyName="test", PolicyDocument=document(*statements))
        return self.with_key(self("CreateAccessKey", UserName=name)["AccessKey"]["AccessKeyId"])

    def assuming(self, role: str, session: str = "test-session", **params: object) -> Api:
        answer = self("AssumeRole", RoleArn=role, RoleSessionName=session, **params)
        return self.with_key(answer["Credentials"]["AccessKeyId"])


STS_OPERATIONS = set(shared_loader().load_service_model("sts", "service-2")["operations"])


def document(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, resource: str = "*", **more: object) -> dict:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def trust(*, action: str = "sts:AssumeRole", **principal: object) -> dict:
    return {"Effect": "Allow", "Principal": principal, "Action": action}


DOCUMENTS = {"AssumeRolePolicyDocument", "PolicyDocument", "Document"}


def decoded(value: object) -> object:
    """Percent-encoded documents become JSON values, as botocore does it."""
    if isinstance(value, dict):
        return {
            key: json.loads(unquote(item)) if key in DOCUMENTS and isinstance(item, str) else decoded(item)
            for key, item in value.items()
        }
    return [decoded(item) for item in value] if isinstance(value, list) else value


NOT_AS_MODELLED = {
    # The model's own documentation of this type says that its only value is "Policy", as recorded answers do.
    "PermissionsBoundaryAttachmentType",
    # Recorded answers, and the examples in the API reference, have "IAM Policy" and "Resource Policy".
    "PolicySourceType",
}
"""Enums of the model whose values the service does not keep to."""


def check_shape(service: str, shape_name: str, value: object) -> None:
    """The value is what AWS's model says of the shape: known members, right types, required ones present."""
    shape = shared_loader().load_service_model(service, "service-2")["shapes"][shape_name]
    kind = shape["type"]
    if kind == "structure":
        assert isinstance(value, dict), shape_name
        assert not set(value) - set(shape["members"]), (shape_name, value)
        assert not set(shape.get("required", ())) - set(value), (shape_name, value)
        for key, item in value.items():
            check_shape(service, shape["members"][key]["shape"], item)
    elif kind == "list":
        assert isinstance(value, list), shape_name
        for item in value:
            check_shape(service, shape["member"]["shape"], item)
    elif kind == "map":
        for key, item in value.items():
            check_shape(service, shape["key"]["shape"], key)
            check_shape(service, shape["value"]["shape"], item)
    elif kind == "timestamp":
        assert isinstance(value, datetime)
        assert value.tzinfo is UTC
        assert value.microsecond == 0
    else:
        assert type(value) is {"string": str, "integer": int, "boolean": bool, "blob": bytes}[kind], (shape_name, value)
        if shape.get("enum") and shape_name not in NOT_AS_MODELLED:
            assert value in shape["enum"], (shape_name, value)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[AccountStore]:
    opened = AccountStore.open(tmp_path / "account.db", clock=clock, ids=repeatable_ids(1))
    yield opened
    opened.close()


@pytest.fixture(params=["directly", "through botocore"])
def api(store: AccountStore, clock: Clock, request: pytest.FixtureRequest) -> Api:
    """The account as its administrator uses it."""
    return Api(store, store.administrator().access_key_id, clock, request.param == "through botocore")


@pytest.fixture
def refused():
    """`with refused("NoSuchEntity", "The user …")`: the call must fail with exactly this code and text."""

    class Refused:
        def __init__(self, code: str, message: str | None = None) -> None:
            self.code, self.message = code, message

        def __enter__(self) -> None:
            return None

        def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
            assert error is not None, f"the call was not refused with {self.code}"
            if not isinstance(error, ApiError):
                return False
            assert error.code == self.code, str(error)
            if self.message is not None:
                assert error.message == self.message
            assert error.status == STATUS[self.code]
            return True

    return Refused


# HTTP statuses as AWS's API Reference gives them with each error.
STATUS = {
    "AccessDenied": 403,
    "DeleteConflict": 409,
    "EntityAlreadyExists": 409,
    "InvalidAuthenticationCode": 403,
    "InvalidClientTokenId": 403,
    "InvalidInput": 400,
    "InvalidParameterValue": 400,
    "InvalidUserType": 400,
    "LimitExceeded": 409,
    "MalformedPolicyDocument": 400,
    "NoSuchEntity": 404,
    "NotImplemented": 501,
    "PackedPolicyTooLarge": 400,
    "PasswordPolicyViolation": 400,
    "PolicyNotAttachable": 400,
    "ReportExpired": 410,
    "ReportNotPresent": 410,
    "UnmodifiableEntity": 400,
    "ValidationError": 400,
}


@pytest.fixture
def say():
    """The makers of documents, for test modules that cannot import this file: document, allow, trust."""

    class Say:
        document = staticmethod(document)
        allow = staticmethod(allow)
        trust = staticmethod(trust)

    return Say
