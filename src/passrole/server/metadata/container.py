"""The endpoint where a container finds its task role's credentials, behind a path and a token of its own.

Sources: Amazon ECS Developer Guide, "Amazon ECS task IAM role"
<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>; AWS SDKs and Tools Reference Guide,
"Container credential provider" <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>.
"""

from __future__ import annotations

import hmac
import json
import secrets
import uuid
from typing import Final

from passrole.account.service_error import ServiceError
from passrole.server.message import HttpRequest, HttpResponse
from passrole.server.metadata.guard import comes_from_elsewhere
from passrole.server.metadata.role_credentials import RoleCredentials, credential_members

_TOKEN_BYTES: Final = 32


class ContainerCredentials:
    """Answers requests of one task; safe to use from several threads."""

    def __init__(self, credentials: RoleCredentials) -> None:
        self.path = f"/v2/credentials/{uuid.uuid4()}"
        self.token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._credentials = credentials

    def answer(self, request: HttpRequest) -> HttpResponse:
        if comes_from_elsewhere(request):
            return _error(403, "Forbidden", "the request was not made for this address by a program of this machine")
        if request.path != self.path:
            return _error(404, "NotFound", "there is nothing at this path")
        if request.method not in {"GET", "HEAD"}:
            return _error(405, "MethodNotAllowed", "credentials are read with GET")
        given = request.header_values("authorization")
        if not given:
            return _error(401, "Unauthorized", "the Authorization header is missing: AWS_CONTAINER_AUTHORIZATION_TOKEN")
        if len(given) != 1 or not hmac.compare_digest(given[0].encode("utf-8", "surrogateescape"), self.token.encode()):
            return _error(403, "Forbidden", "the Authorization header is not the token of this task")
        try:
            made, _ = self._credentials.current()
        except ServiceError as refusal:
            return _error(refusal.http_status, refusal.code, refusal.message)
        return _json(200, {"RoleArn": self._credentials.wanted.role_arn, **credential_members(made)})


def _error(status: int, code: str, message: str) -> HttpResponse:
    return _json(status, {"code": code, "message": message})


def _json(status: int, value: dict[str, str]) -> HttpResponse:
    return HttpResponse(status, (("Content-Type", "application/json"),), json.dumps(value).encode())
