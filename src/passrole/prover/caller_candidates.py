"""Callers worth asking for: everyone whom Principal elements and conditions on the caller tell apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product

from passrole.engine.glob import read_pattern
from passrole.engine.principals import PrincipalError, principal_from_arn
from passrole.engine.request import Principal, PrincipalType
from passrole.engine.truth import Doubt
from passrole.engine.variables import fill_in, read_template
from passrole.policy.arn import ACCOUNT_ID
from passrole.policy.model import PrincipalKind
from passrole.policy.operators import OperatorFamily, OperatorRow
from passrole.prover.items import Chars, Items, One, Star, is_letter, items_of, within_segments
from passrole.prover.text_search import classes
from passrole.prover.texts import Effort, Region
from passrole.prover.views import OF_CALLER, WHO, Bindings, Held, StatementView

_ACCOUNT_IN_TEXT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_SESSION = re.compile(r"arn:[^:]+:sts::([0-9]{12}):assumed-role/([^/]+)/(.+)")
_USER_ID, _ROLE_ID = "AIDAEXAMPLE0000000000", "AROAEXAMPLE0000000000"


Session = tuple[str, str, str]
"""A session that a Principal element names: account, name of the role (without its path), name of the session."""

Compared = dict[str, list[tuple[str, Region]]]
"""Condition keys with the values that they are compared with, each with the texts that it takes."""


def accounts_in(views: Sequence[StatementView], compared: Compared) -> set[str]:
    """Those that the policies name."""
    texts = [text for _, text in _entries(views)]
    texts += [text for values in compared.values() for text, _ in values]
    return {account for text in texts for account in _ACCOUNT_IN_TEXT.findall(text)}


def _entries(views: Iterable[StatementView]) -> list[tuple[PrincipalKind, str]]:
    return [
        (entry.kind, entry.value.text)
        for view in views
        if view.compiled.statement.principals is not None
        for entry in view.compiled.statement.principals.entries
    ]


def principals_told_apart(
    views: Sequence[StatementView], compared: Compared, accounts: set[str], other: str, effort: Effort
) -> Iterator[Principal]:
    entries = _entries(views)
    texts = {text for _, text in entries if text != "*"}
    provider = _unused("idp.example.com", texts)
    providers = [text for kind, text in entries if kind is PrincipalKind.FEDERATED and text != "*"]
    providers += [f"arn:aws:iam::{other}:oidc-provider/{provider}", f"arn:aws:iam::{other}:saml-provider/{provider}"]
    ids = [text for text, _ in compared.get("aws:userid", ())]
    ids += [text if text.startswith("AIDA") else f"{text}:session" for text in texts if text[:4] in ("AIDA", "AROA")]
    sessions = [(found[1], found[2], found[3]) for text in sorted(texts) if (found := _SESSION.fullmatch(text))]
    for arn in _arns({*accounts, other}, texts, sessions, compared, effort):
        yield from _of_arn(arn, ids, sessions, providers)
    for account in sorted({*accounts, other}):
        yield Principal(PrincipalType.ROOT_USER, f"arn:aws:iam::{account}:root", account)
    for kind, text in entries:
        yield from _of_entry(kind, text, other)
    yield Principal(PrincipalType.SERVICE, _unused("some-service.amazonaws.com", texts))
    for text, _ in compared.get("aws:principalservicename", ()):
        yield from _of_entry(PrincipalKind.SERVICE, text, other)
    yield Principal(PrincipalType.ANONYMOUS, "*")


def account_ids() -> Iterator[str]:
    yield "111122223333"
    yield "444455556666"
    number = 500_000_000_000
    while True:
        number += 1
        yield str(number)


def _unused(text: str, taken: Iterable[str]) -> str:
    while text in taken:
        text = f"x-{text}"
    return text


def values_compared(views: Iterable[StatementView], bindings: Bindings) -> Compared:
    """The values that keys of the caller are compared with, each with the texts that it takes."""
    found: Compared = {
        key: [(value, Region(((value,),)))]
        for key, value in bindings.items()
        if key in OF_CALLER and isinstance(value, str) and value and not is_letter(value[0])
    }
    context = Held(bindings)
    for view in views:
        for condition in view.keys.get(WHO, ()):
            row = condition.row
            if not isinstance(row, OperatorRow):
                continue
            for value in condition.values:
                text = value.value.text
                template = read_template(text, wildcards=row.wildcards, variables=view.variables and row.variables)
                pattern = template if isinstance(template, Doubt) else fill_in(template, context)
                if not isinstance(pattern, tuple):
                    continue
                is_arn = row.family is OperatorFamily.ARN
                items = within_segments(pattern) if is_arn else items_of(pattern)
                found.setdefault(condition.key, []).append((text, Region((items,))))
    return found


def _arns(
    accounts: set[str], texts: set[str], sessions: Iterable[Session], compared: Compared, effort: Effort
) -> Iterator[str]:
    """Of users and roles, one for each way in which conditions and Principal elements tell them apart."""
    regions: dict[Region, None] = {}
    for account in sorted(accounts):
        regions[Region((("arn:aws:iam::", account, ":", Star(Chars.ANY)),))] = None
    for text in sorted(texts):
        if text.startswith("arn:"):
            regions[Region(((text,),))] = None
    for account, role, _ in sessions:
        # The ARN of a session does not tell the path of its role.
        roles = f"arn:aws:iam::{account}:role/"
        regions[Region(((f"{roles}{role}",), (roles, Star(Chars.ANY), f"/{role}")))] = None
    for _, region in compared.get("aws:principalarn", ()):
        regions[region] = None
    for text, _ in compared.get("aws:username", ()):
        regions[Region(((Star(Chars.ANY), "/", *_named(text)),))] = None
    name: Items = (One(Chars.NAME), Star(Chars.ANY), One(Chars.NAME))
    short: Items = (One(Chars.NAME),)
    for kind in ("user/", "role/"):
        form = Region(
            tuple((f"arn:aws:iam::{account}:{kind}", *items) for account in sorted(accounts) for items in (short, name))
        )
        yield from classes([form], list(regions), effort)


def _named(text: str) -> Items:
    return items_of(read_pattern(text), Chars.NAME)


def _of_arn(arn: str, ids: Iterable[str], sessions: Iterable[Session], providers: Iterable[str]) -> Iterator[Principal]:
    """The user, or sessions of the role, with that ARN: with each unique ID that the policies name, and another."""
    try:
        principal = principal_from_arn(arn)
    except PrincipalError:
        return
    account = principal.account or ""
    plain_ids = [text.replace("*", "X").replace("?", "X") for text in ids]
    if principal.type is PrincipalType.USER:
        for unique_id in (_USER_ID, *(each for each in plain_ids if each.startswith("AIDA") and ":" not in each)):
            yield replace(principal, unique_id=unique_id)
        guest = f"arn:aws:sts::{account}:federated-user/guest"
        yield Principal(PrincipalType.FEDERATED_SESSION, guest, account, federating_user_arn=arn)
        return
    name = arn.rpartition("/")[2]
    of_roles = [text.partition(":") for text in (f"{_ROLE_ID}:session", *plain_ids) if text.startswith("AROA")]
    role_ids = dict.fromkeys(role_id for role_id, _, session in of_roles if session)
    names = dict.fromkeys(session for _, _, session in of_roles if session)
    names |= dict.fromkeys(session for owner, role, session in sessions if (owner, role) == (account, name))
    for role_id, session in product(role_ids, names):
        unique_id = f"{role_id}:{session}"
        session_arn = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
        principal = replace(principal, arn=session_arn, role_arn=arn, unique_id=unique_id)
        yield principal
        for provider in providers:
            kind = PrincipalType.SAML_SESSION if ":saml-provider/" in provider else PrincipalType.WEB_IDENTITY_SESSION
            yield replace(principal, type=kind, identity_provider=provider)


def _of_entry(kind: PrincipalKind, text: str, other: str) -> Iterator[Principal]:
    """The caller that an entry of a Principal element names."""
    if "*" in text or "?" in text:
        return
    if kind is PrincipalKind.SERVICE:
        yield Principal(PrincipalType.SERVICE, text)
    elif kind is PrincipalKind.AWS and not ACCOUNT_ID.fullmatch(text):
        try:
            principal = principal_from_arn(text)
        except PrincipalError:
            return
        account = principal.account or other
        if principal.type is PrincipalType.ROLE_SESSION and ":assumed-role/" in text:
            name, _, session_name = text.partition(":assumed-role/")[2].partition("/")
            arn = f"arn:aws:iam::{account}:role/{name}"
            yield replace(principal, role_arn=arn, unique_id=f"{_ROLE_ID}:{session_name}")
        elif principal.type is PrincipalType.FEDERATED_SESSION:
            yield replace(principal, federating_user_arn=f"arn:aws:iam::{account}:user/broker")
        elif principal.type is PrincipalType.SERVICE_LINKED_ROLE_SESSION:
            name = text.rpartition("/")[2]
            arn = f"arn:aws:sts::{account}:assumed-role/{name}/session"
            yield replace(principal, arn=arn, unique_id=f"{_ROLE_ID}:session")
