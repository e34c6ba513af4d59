"""What the server answers for itself: its health, and the reset that a test suite may have been allowed.

Neither needs a signature. A web page reaches none of them: `endpoint_guard` stands before.
"""

from __future__ import annotations

import json
from typing import Final

from passrole import __version__
from passrole.account.enforcement import Enforcement
from passrole.account.service_error import ServiceError, access_denied
from passrole.errors import ConfigurationError
from passrole.server.front import Front
from passrole.server.message import HttpRequest, HttpResponse
from passrole.server.wire.faults import unknown_operation
from passrole.server.wire.form import parse_form

HEALTH_PATH: Final = "/_passrole/health"
RESET_PATH: Final = "/_passrole/reset"
_LOCALSTACK_HEALTH: Final = "/_localstack/health"
_LOCALSTACK_RESET: Final = "/_localstack/state/reset"
_RESET_PATHS: Final = frozenset({RESET_PATH, _LOCALSTACK_RESET, "/moto-api/reset"})
"""Also where suites written for LocalStack and moto look for it."""


def own_page(request: HttpRequest, front: Front) -> HttpResponse | None:
    """None for a request that is meant for AWS."""
    if request.path == HEALTH_PATH:
        return _health_page(request, front, _health(front))
    if request.path == _LOCALSTACK_HEALTH and front.gateway is not None:
        return _health_page(request, front, _localstack_health(front))
    # Suites put it behind an endpoint that ends in a slash.
    if (
        f"/{request.path.lstrip('/')}" in _RESET_PATHS
        and request.method == "POST"
        and request.header("authorization") is None
    ):
        return _reset(request, front)
    return None


def _health_page(request: HttpRequest, front: Front, report: dict[str, object]) -> HttpResponse:
    """503 until what the server was started with is in place: whoever waits looks at the status alone."""
    if request.method not in {"GET", "HEAD"}:
        return front.refuse(unknown_operation("The health check is read with GET"))
    return _json(report, 200 if front.is_ready else 503)


def _json(report: dict[str, object], status: int = 200) -> HttpResponse:
    return HttpResponse(status, (("Content-Type", "application/json"),), json.dumps(report).encode())


def _health(front: Front) -> dict[str, object]:
    gate = front.gate
    report: dict[str, object] = {
        "status": "ok" if front.is_ready else "starting",
        "version": __version__,
        "account_id": gate.account_id,
        "partition": gate.partition,
        "services": list(gate.services),
        "enforcement": "on" if gate.enforcement is Enforcement.ENFORCE else gate.enforcement.value,
        "unsafe_test_credentials": gate.unsafe_test_credentials,
    }
    gateway = front.gateway_report()
    if gateway is not None:
        report["gateway"] = gateway
    return report


def _localstack_health(front: Front) -> dict[str, object]:
    """In LocalStack's shape, for suites and containers that wait for it: every service is there at once."""
    from passrole.activity.bind.bind import WITH_TABLES

    state = "available" if front.is_ready else "initializing"
    services = sorted({*front.gate.services, *WITH_TABLES, "events", "route53", "stepfunctions"})
    return {"services": dict.fromkeys(services, state), "edition": "passrole", "version": __version__}


def _reset(request: HttpRequest, front: Front) -> HttpResponse:
    if not front.allows_reset:
        return front.refuse(access_denied("Nothing is reset here; start the server with --allow-reset"))
    try:
        wanted = dict(parse_form(request.query))
        account_id = wanted.pop("account", None)
        only_backend = wanted.pop("only", None) == "backend"
        if wanted:
            raise unknown_operation("A reset takes the parameters account=ID and only=backend")
        return _json({"reset": front.reset(account_id, only_backend=only_backend)})
    except ServiceError as refusal:
        return front.refuse(refusal)
    except ConfigurationError as error:
        return front.refuse(ServiceError("ServiceFailure", str(error)))
