"""Every case of `conformance/gateway`, decided in process with moto behind: what AWS's pages say is what comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.server.gateway_cases import (
    ACCOUNT,
    CALLER,
    REGION,
    Case,
    assume,
    cases,
    document,
    make_caller,
    make_entities,
    parameters,
    set_up,
    statements,
)

from passrole.account import entities
from passrole.account.callers import Caller, Session, SessionTerms, find_credential, session_caller
from passrole.account.decision_log.saved_question import SavedStack, request_from, request_value, stack_from
from passrole.account.entities import Kind
from passrole.account.organization_tree import (
    FULL_ACCESS,
    FULL_ACCESS_DOCUMENT,
    RCP_FULL_ACCESS,
    RCP_FULL_ACCESS_DOCUMENT,
    OrganizationTree,
    Target,
)
from passrole.account.stack_cache import StackCache
from passrole.activity.bind.model import ApiCall
from passrole.engine.decision import Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.request import Principal, PrincipalType
from passrole.server.embedded import Credentials, EmbeddedAccount, embedded_session
from passrole.server.gate import Gate
from passrole.server.gateway.authorize import CallVerdict, authorize_call
from passrole.server.gateway.moto_backend import MotoBackend
from passrole.server.gateway.readings import KeptReadings

MANAGEMENT = "999999999999"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
CONNECTION = {
    "aws:SecureTransport": "true",
    "aws:SourceIp": "203.0.113.7",
    "aws:UserAgent": "test",
    "s3:authType": "REST-HEADER",
    "s3:signatureversion": "AWS4-HMAC-SHA256",
    "s3:TlsVersion": "1.3",
}


@pytest.fixture(scope="module")
def backend() -> MotoBackend:
    made = MotoBackend()
    made.warm_up()
    return made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAccount]:
    with embedded_session(tmp_path_factory.mktemp("gateway") / "account.db", account_id=ACCOUNT) as account:
        yield account


@pytest.fixture
def empty(server: EmbeddedAccount, backend: MotoBackend) -> Iterator[EmbeddedAccount]:
    yield server
    server.store.reset()
    backend.reset()


@pytest.mark.parametrize(
    "case", [each for each in cases() if "organization" not in each.value], ids=lambda case: case.id
)
def test_a_call_is_decided_as_aws_documents_it(case: Case, empty: EmbeddedAccount, backend: MotoBackend) -> None:
    check(case, verdict_of(case, empty, backend))


@pytest.mark.parametrize("case", [each for each in cases() if "organization" in each.value], ids=lambda case: case.id)
def test_a_call_in_an_organization_is_decided_as_aws_documents_it(
    case: Case, tmp_path: Path, backend: MotoBackend
) -> None:
    with embedded_session(tmp_path / "account.db", account_id=ACCOUNT) as account:
        check(case, verdict_of(case, account, backend))
    backend.reset()


def check(case: Case, verdict: CallVerdict) -> None:
    expected = case.expected
    for each in verdict.decided:
        saved = SavedStack(each.stack)
        request = request_from(json.loads(json.dumps(request_value(each.request))))
        again = evaluate(request, stack_from(saved.text, saved.documents.__getitem__))
        assert again.outcome is each.decision.outcome, "the log decides it again as it was decided"
    told = verdict.message
    assert verdict.allowed is expected["allowed"], told
    if expected.get("refused"):
        assert verdict.refused is not None
        assert expected["refused"] in verdict.refused.reason
        return
    assert verdict.refused is None, told
    last = verdict.decided[-1] if verdict.decided else None
    if "asks" in expected:
        assert [each.request.action for each in verdict.decided] == expected["asks"]
    if verdict.allowed:
        assert all(each.decision.allowed for each in verdict.decided)
        return
    assert last is not None
    assert not last.decision.allowed
    assert all(each.decision.allowed for each in verdict.decided[:-1])
    assert last.request.action == expected["fails_on"], told
    if "undecided" in expected:
        assert last.decision.outcome is Outcome.UNDECIDED, told
        assert expected["undecided"] in str(told)
    else:
        assert last.decision.outcome is not Outcome.UNDECIDED, told
    for text in expected.get("says", ()):
        assert text in str(told)


def verdict_of(case: Case, account: EmbeddedAccount, backend: MotoBackend) -> CallVerdict:
    store = account.store
    for each in case.accounts:
        store.add_account(each)
    stacks = StackCache()

    administrators: dict[str, EmbeddedAccount] = {}

    def clients(service: str, region: str, account_id: str) -> Any:
        if service not in ("iam", "sts"):
            return backend.client(service, region=region, account_id=account_id)
        if account_id not in administrators:
            key = store.administrator(account_id)
            credentials = Credentials(key.access_key_id, key.secret)
            administrators[account_id] = EmbeddedAccount(store, Gate(store), credentials, region)
        return administrators[account_id].client(service)

    answers = make_entities(case, clients)
    for entity in case.value.get("entities", ()):
        # moto looks roles up in its own account, too.
        role = answers[entity["role"]]
        backend.client("iam", region=REGION, account_id=ACCOUNT).create_role(
            RoleName=role["RoleName"], Path=role["Path"], AssumeRolePolicyDocument=json.dumps(TRUST)
        )
    set_up(case, clients, answers)
    access_key_id = None
    if case.kind in ("role", "user"):
        iam = clients("iam", REGION, case.account)
        make_caller(case, iam, answers)
        if case.kind == "user":
            access_key_id = iam.create_access_key(UserName=CALLER)["AccessKey"]["AccessKeyId"]
        else:
            access_key_id = assume(case, clients("sts", REGION, case.account), answers)["AccessKeyId"]
    if case.kind == "service-linked role":
        iam = clients("iam", REGION, case.account)
        answers["role"] = iam.create_service_linked_role(AWSServiceName=case.caller["service"])["Role"]
    if "organization" in case.value:
        # Last: its policies would limit who sets a case up.
        store.organize(organization(case.value["organization"]))
    asked = case.call
    service, operation = asked["operation"].split(":")
    region = asked.get("region", REGION)
    with store.reading() as connection:
        caller = caller_of(case, connection, access_key_id, store, answers)
        given = {**CONNECTION, **case.value.get("connection", {})}
        given = {key: value for key, value in given.items() if value is not None}
        ctx = store.context(connection, caller, region=region, request_context={})
        call = ApiCall(service, operation, region, ctx.account_id, parameters(asked.get("with", {}), answers))
        return authorize_call(ctx, call, backend, stacks, connection_keys=given, kept=KeptReadings(backend))


def caller_of(case: Case, connection: Any, access_key_id: str | None, store: Any, answers: Any) -> Caller:
    if case.kind == "anonymous":
        return Caller(Principal(PrincipalType.ANONYMOUS, "*"), "anonymous")
    if case.kind == "service-linked role":
        # Only its service has credentials of it, so that the session is made here.
        view = store.view(connection, case.account)
        role = entities.find(view, Kind.ROLE, answers["role"]["RoleName"])
        assert role is not None
        return session_caller(role, {}, Session(store.clock(), store.clock() + 900, "session", SessionTerms()))
    assert access_key_id is not None
    credential = find_credential(connection, access_key_id)
    assert credential is not None
    caller = credential.caller
    if "mfa" in case.caller:
        # As if the caller had given a code of its device when the session was made.
        session = caller.session or Session(store.clock(), store.clock() + 900, None, SessionTerms())
        terms = replace(session.terms, mfa_at=store.clock() - int(case.caller["mfa"]))
        return replace(caller, session=replace(session, terms=terms))
    return caller


def organization(value: Any) -> OrganizationTree:
    """`units` below the root and `accounts` in them, each with its policies; AWS's full access stands everywhere."""
    root = "r-ab12"

    def target(identifier: str, name: str, parent: str | None, given: Any) -> Target:
        scps = {} if given.get("without_full_access") else {FULL_ACCESS: FULL_ACCESS_DOCUMENT}
        scps |= {name: document(one) for name, one in given.get("scps", {}).items()}
        rcps = {RCP_FULL_ACCESS: RCP_FULL_ACCESS_DOCUMENT}
        rcps |= {name: document(one) for name, one in given.get("rcps", {}).items()}
        return Target(identifier, name, parent, scps, rcps)

    targets = [target(root, "Root", None, value.get("root", {}))]
    for name, unit in value.get("units", {}).items():
        targets.append(target(f"ou-ab12-{name}", name, root, unit))
    for account_id, given in value.get("accounts", {}).items():
        unit = given.get("unit")
        targets.append(target(account_id, account_id, f"ou-ab12-{unit}" if unit else root, given))
    targets.append(target(MANAGEMENT, "management", root, {}))
    management = value.get("management", MANAGEMENT)
    return OrganizationTree("o-a1b2c3d4e5", management, {each.id: each for each in targets})


def test_there_are_as_many_cases_as_promised() -> None:
    found = cases()
    assert len({each.id for each in found}) == len(found)
    assert all(each.page.startswith("https://docs.aws.amazon.com/") for each in found)
    assert statements("${aws:username} ${x}", {"x": "1"}) == "${aws:username} 1"
