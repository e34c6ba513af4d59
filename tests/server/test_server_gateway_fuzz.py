"""Broken requests, signed so that they are read to their end: each is answered, and none makes a fault."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.server.model_values import parameters
from tests.server.test_server_gateway_decode import SERVICES, SIGNED_AS, on_the_wire

from passrole.account.enforcement import Enforcement
from passrole.account.service_error import ServiceError
from passrole.account.store import AccountStore
from passrole.server.front import Front
from passrole.server.gate import Gate, new_request_id
from passrole.server.gateway.backend import ForwardedCall
from passrole.server.gateway.enforcement import GatewayMode
from passrole.server.gateway.gateway import Gateway
from passrole.server.gateway.service_models import model_of
from passrole.server.message import HttpRequest, HttpResponse
from passrole.server.signature import TIMESTAMP_FORMAT, read_claim
from passrole.server.sigv4 import PathEncoding, canonical_request, signature_of
from passrole.server.wire.form import parse_form

TURNS = 60
PIECES = (
    *(
        "&",
        "=",
        "?",
        "%",
        "%zz",
        "%00",
        "..",
        "//",
        "\x7f",
        "é",
        "\udcff",
        "{",
        "}",
        "[",
        "]",
        '"',
        "\\",
        "<",
        ">",
        "&amp;",
    ),
    *(
        "]]>",
        "<!DOCTYPE a>",
        ".member.1",
        ".1",
        "true",
        "null",
        "NaN",
        "1e999",
        "-1",
        "9" * 40,
        "x-amz-",
        "Action",
        "a" * 9000,
    ),
)


class Nowhere:
    """A backend that carries nothing out."""

    name = "nowhere"
    lasts = False
    most_body_bytes = 1000

    def answer(self, call: ForwardedCall) -> HttpResponse:
        for name, value in call.headers:
            assert "\r" not in name + value
            assert "\n" not in name + value
        assert call.path.startswith("/")
        return HttpResponse(200, (), b"")

    def client(self, service: str, *, region: str, account_id: str) -> Any:
        raise AssertionError("nothing is decided here")

    def state_version(self, service: str, operation: str) -> int:
        return 0


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Front, AccountStore]]:
    path: Path = tmp_path_factory.mktemp("fuzz") / "a.db"
    store = AccountStore.open(path)
    gate = Gate(store)
    gateway = Gateway(
        store,
        Nowhere(),
        mode=GatewayMode(Enforcement.OFF),
        stacks=gate.stacks,
        last_used=gate.last_used,
        find_credential=gate.find_credential,
        request_ids=new_request_id,
    )
    yield Front(gate, gateway), store
    store.close()


def broken(text: str, random: Random) -> str:
    for _ in range(random.randint(1, 3)):
        place = random.randint(0, len(text))
        match random.randint(0, 3):
            case 0:
                text = text[:place] + random.choice(PIECES) + text[place:]
            case 1:
                text = text[:place] + text[place + random.randint(1, 8) :]
            case 2:
                text = text[:place] + text[max(0, place - 30) : place] + text[place:]
            case _:
                text = text[:place]
    return text


def altered(request: HttpRequest, random: Random) -> HttpRequest:
    target, headers, body = request.target, list(request.headers), request.body
    match random.randint(0, 3):
        case 0:
            target = "/" + broken(target, random).lstrip("/").replace(" ", "")
        case 1 if len(headers) > 1:
            place = random.randrange(1, len(headers))
            headers[place] = (headers[place][0], broken(headers[place][1], random).replace("\n", ""))
        case _:
            body = broken(body.decode("latin-1"), random).encode("utf-8", "surrogateescape")
    return HttpRequest(request.method, target, tuple(headers), body)


def signed(request: HttpRequest, service: str, key: str, secret: str) -> HttpRequest:
    now = datetime.now(UTC).strftime(TIMESTAMP_FORMAT)
    digest = hashlib.sha256(request.body).hexdigest()
    kept = tuple(field for field in request.headers if field[0].lower() != "authorization")
    own = (("X-Amz-Date", now), ("X-Amz-Content-Sha256", digest))
    names = sorted({name.lower() for name, _ in (*kept, *own) if name.lower().startswith(("x-amz-", "host"))})

    def with_signature(signature: str) -> HttpRequest:
        scope = f"{key}/{now[:8]}/us-east-1/{SIGNED_AS.get(service, service)}/aws4_request"
        text = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
        return HttpRequest(request.method, request.target, (*kept, *own, ("Authorization", text)), request.body)

    unsigned = with_signature("x")
    query = parse_form(unsigned.query)
    claim = read_claim(unsigned, query)
    assert claim is not None
    encoding = PathEncoding.ONCE if service == "s3" else PathEncoding.TWICE
    return with_signature(signature_of(claim, canonical_request(claim, unsigned, query, digest, encoding), secret))


@pytest.mark.parametrize("service", SERVICES.split())
def test_no_broken_request_makes_a_fault(
    front: tuple[Front, AccountStore], service: str, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint, store = front
    administrator = store.administrator()
    names = list(model_of(service).operation_names)
    taken = 0
    with caplog.at_level(logging.ERROR):
        for turn in range(TURNS):
            random = Random(f"{service} {turn}")
            name = random.choice(names)
            operation = model_of(service).operation_model(name)
            if operation.has_event_stream_input or operation.endpoint:
                # A stream of events; a value that stands in the host, which botocore does not write when it cannot.
                continue
            request = on_the_wire(service, name, None, parameters(operation.input_shape, random))
            if turn % 4:
                request = altered(request, random)
            # What cannot even be read for a signature goes without one.
            with contextlib.suppress(ServiceError):
                request = signed(request, service, administrator.access_key_id, administrator.secret)
            answer = endpoint.answer(request, datetime.now(UTC), contextlib.nullcontext())
            assert answer.status < 500, (request, answer)
            taken += answer.status == 200
    assert not caplog.records
    assert taken >= TURNS // 8, "too few came to the backend for this to have tried anything"
