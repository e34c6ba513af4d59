"""AWS's policy evaluation said once more, as plainly as possible: the oracle of the engine.

Written from the pages of the IAM User Guide, without the engine's matching code; slow on purpose. Every question is
asked twice, in two-valued logic: `must` counts a doubt as unfavourable, `may` as favourable. What must be so is true,
what may not be so is false, the rest is undecided. What is not understood (as opposed to not known) is never
favourable to an Allow.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from passrole.engine.decision import Outcome
from passrole.engine.request import Principal, PrincipalType, Request
from passrole.engine.stack import KeyGrant, Layer, PolicyStack, Unknown
from passrole.policy.model import (
    Condition,
    Effect,
    Policy,
    PolicyType,
    PrincipalElement,
    PrincipalKind,
    Quantifier,
    Statement,
)

T = PrincipalType
ROLE_LIKE = {T.ROLE_SESSION, T.WEB_IDENTITY_SESSION, T.SAML_SESSION, T.SERVICE_LINKED_ROLE_SESSION}
OUTSIDE = {T.SERVICE, T.ANONYMOUS}
NOT_KNOWN = object()
"""A context value that is not known."""
ABSENT = None


# --- wildcards ---------------------------------------------------------------------------------------------------


def glob(tokens: list[str | int], text: str) -> bool:
    """Tokens are literal characters, or 0 for `*` and 1 for `?`. The textbook table of prefixes."""
    reachable = {0}
    for token in tokens:
        if token == 0:
            reachable = set(range(min(reachable), len(text) + 1)) if reachable else set()
        elif token == 1:
            reachable = {place + 1 for place in reachable if place < len(text)}
        else:
            reachable = {place + 1 for place in reachable if text[place : place + 1] == token}
    return len(text) in reachable


def plain_tokens(text: str, wildcards: bool = True) -> list[str | int]:
    return [{"*": 0, "?": 1}.get(c, c) if wildcards else c for c in text]


def segments(tokens: list[str | int]) -> list[list[str | int]]:
    parts: list[list[str | int]] = [[]]
    for token in tokens:
        if token == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


# --- request context and variables ---------------------------------------------------------------------------------


def account_of(principal: Principal) -> str | None:
    if principal.account:
        return principal.account
    return principal.arn.split(":")[4] or None if principal.arn.count(":") >= 5 else None


def session_parts(arn: str) -> tuple[str, str] | None:
    found = re.fullmatch(r"arn:[^:]*:sts:[^:]*:[^:]*:assumed-role/([^/]*)/([^/]*)", arn)
    return (found[1], found[2]) if found else None


def context_of(request: Request) -> dict[str, object]:
    who, kind, account = request.principal, request.principal.type, account_of(request.principal)
    keys: dict[str, object] = {}
    if kind is T.ANONYMOUS:
        keys = {"aws:principaltype": "Anonymous", "aws:principalaccount": "anonymous", "aws:userid": "anonymous"}
    elif kind is T.SERVICE:
        keys = {"aws:principalisawsservice": "true", "aws:principalservicename": who.arn}
        keys |= dict.fromkeys(["aws:principalaccount", "aws:principaltype", "aws:userid"], NOT_KNOWN)
    else:
        keys = {
            "aws:principalisawsservice": "false",
            "aws:principalaccount": account or NOT_KNOWN,
            "aws:principalarn": who.arn,
        }
        if kind is T.ROOT_USER:
            keys |= {"aws:principaltype": "Account", "aws:userid": account or NOT_KNOWN}
        elif kind is T.USER:
            keys |= {"aws:principaltype": "User", "aws:username": who.arn.split("/")[-1]}
            keys |= {"aws:userid": who.unique_id or NOT_KNOWN}
        elif kind is T.FEDERATED_SESSION:
            keys |= {"aws:principaltype": "FederatedUser", "aws:userid": f"{account}:{who.arn.split('/', 1)[-1]}"}
        else:
            session = session_parts(who.arn)
            user_id: object = NOT_KNOWN
            if who.unique_id and ":" in who.unique_id:
                user_id = who.unique_id
            elif who.unique_id and session:
                user_id = f"{who.unique_id}:{session[1]}"
            keys |= {"aws:principaltype": "AssumedRole", "aws:principalarn": who.role_arn or NOT_KNOWN}
            keys |= {"aws:userid": user_id}
    return keys | call_keys(request) | session_keys(request) | organization_keys(request)


def call_keys(request: Request) -> dict[str, object]:
    via, action = request.called_via, request.action.lower()
    keys: dict[str, object] = {"aws:viaawsservice": "true" if via else "false"}
    if via:
        keys |= {"aws:calledvia": via, "aws:calledviafirst": via[0], "aws:calledvialast": via[-1]}
    if not tells_no_owner(action):
        old_target = action == "events:putevents" and request.resource_account != account_of(request.principal)
        keys["aws:resourceaccount"] = (request.resource_account if not old_target else None) or NOT_KNOWN
    return keys


UNOWNED = {
    "auditmanager": "UpdateAssessmentFrameworkShare",
    "detective": "AcceptInvitation",
    "ds": "AcceptSharedDirectory",
    "ec2": "AcceptTransitGatewayPeeringAttachment AcceptVpcEndpointConnections AcceptVpcPeeringConnection "
    "CreateTransitGatewayPeeringAttachment CreateVpcEndpoint CreateVpcPeeringConnection",
    "guardduty": "AcceptAdministratorInvitation",
    "macie2": "AcceptInvitation",
    "es": "AcceptInboundConnection",
    "route53": "AssociateVPCWithHostedZone CreateVPCAssociationAuthorization",
    "securityhub": "AcceptAdministratorInvitation",
}


def tells_no_owner(action: str) -> bool:
    service, _, name = action.partition(":")
    return service == "ebs" or name in UNOWNED.get(service, "").lower().split()


def session_keys(request: Request) -> dict[str, object]:
    who = request.principal
    keys: dict[str, object] = {}
    if who.type not in ROLE_LIKE | {T.FEDERATED_SESSION}:
        return {}
    if request.action.lower() not in ("sts:assumerolewithwebidentity", "sts:assumerolewithsaml"):
        keys = {"aws:tokenissuetime": NOT_KNOWN}
        keys |= (
            {"aws:multifactorauthpresent": NOT_KNOWN}
            if who.type not in (T.WEB_IDENTITY_SESSION, T.SAML_SESSION)
            else {}
        )
    if who.type is T.SAML_SESSION:
        keys |= dict.fromkeys(["saml:aud", "saml:iss", "saml:namequalifier", "saml:sub", "saml:sub_type"], NOT_KNOWN)
    if who.type is T.WEB_IDENTITY_SESSION and who.identity_provider:
        domain = who.identity_provider.split(":oidc-provider/")[-1].lower()
        keys |= {f"{domain}:aud": NOT_KNOWN, f"{domain}:sub": NOT_KNOWN}
        keys["aws:federatedprovider"] = who.identity_provider
    return keys


def organization_keys(request: Request) -> dict[str, object]:
    organization = request.organization
    keys: dict[str, object] = {}
    if organization is None or organization.id is None:
        return {}
    for whose, account in (("principal", account_of(request.principal)), ("resource", request.resource_account)):
        if account is None or (whose == "resource" and tells_no_owner(request.action.lower())):
            continue
        old_target = request.action.lower() == "events:putevents" and account != account_of(request.principal)
        if whose == "resource" and old_target:
            keys |= {"aws:resourceorgid": NOT_KNOWN, "aws:resourceorgpaths": NOT_KNOWN}
            continue
        inside = account in {*organization.members, organization.management_account}
        path = organization.members.get(account)
        keys[f"aws:{whose}orgid"] = organization.id if inside else NOT_KNOWN
        keys[f"aws:{whose}orgpaths"] = (path,) if inside and path else NOT_KNOWN
    return keys


class Either:
    """One of these values; which one is not known."""

    def __init__(self, values: Sequence[object]) -> None:
        self.values = values


OF_OWNER = ("account", "orgid", "orgpaths")
LISTS = ("calledvia", "principalorgpaths", "principalservicenameslist", "resourceorgpaths", "sourceorgpaths")
MULTIVALUED = tuple(f"aws:{name}" for name in (*LISTS, "tagkeys", "vpceorgpaths"))

INSIDE = set(T) - OUTSIDE
ONLY_FOR: dict[str, set[PrincipalType]] = {}
for names, kinds in (
    ("username", {T.USER}),
    ("federatedprovider", {T.WEB_IDENTITY_SESSION}),
    ("principalservicename principalservicenameslist", {T.SERVICE}),
    ("sourceaccount sourcearn sourceorgid sourceorgpaths", {T.SERVICE}),
    ("multifactorauthage multifactorauthpresent", INSIDE - {T.WEB_IDENTITY_SESSION, T.SAML_SESSION}),
    ("tokenissuetime sourceidentity", INSIDE),
    ("principalarn principalorgid principalorgpaths", INSIDE),
    ("calledvia calledviafirst calledvialast viaawsservice principalaccount", set()),
):
    ONLY_FOR |= {f"aws:{name}": kinds for name in names.split()}
"""Keys that not every kind of caller can have, of which nothing is known."""


def covers(pattern: str, key: str) -> bool:
    return pattern == "*" or (pattern.endswith(("/*", ":*")) and key.startswith(pattern.lower()[:-1]))


def look_up(key: str, request: Request) -> object:
    key, kind = key.lower(), request.principal.type
    if key in [unknown.lower() for unknown in request.unknown_keys]:
        return NOT_KNOWN
    given = [value for name, value in request.context.items() if name.lower() == key]
    if key in MULTIVALUED:
        given = [(value,) if isinstance(value, str) else value for value in given]
    if given:
        different = [value for place, value in enumerate(given) if value not in given[:place]]
        return given[0] if len(different) == 1 else Either(different)
    if key in [absent.lower() for absent in request.absent_keys]:
        return ABSENT
    implied = context_of(request)
    if key in implied:
        return implied[key]
    if tells_no_owner(request.action.lower()) and key in [f"aws:resource{part}" for part in OF_OWNER]:
        return ABSENT
    possible = kind in ONLY_FOR.get(key, set(T)) and not (key.startswith("aws:principaltag/") and kind in OUTSIDE)
    if possible and any(covers(unknown, key) for unknown in request.unknown_keys):
        return ABSENT if any(covers(absent, key) for absent in request.absent_keys) else NOT_KNOWN
    return ABSENT


class NoValue(Exception):
    """A variable has no value: nothing equals it."""


class NotKnown(Exception):
    """A variable's value is not known."""


class Unclear(Exception):
    """Not understood."""


def fill_in(text: str, wildcards: bool, policy: Policy, request: Request) -> list[str | int]:
    if policy.version != "2012-10-17" or "${" not in text:
        return plain_tokens(text, wildcards)
    tokens: list[str | int] = []
    while "${" in text:
        before, rest = text.split("${", 1)
        tokens += plain_tokens(before, wildcards)
        default = re.match(r"([^}',*?${]*), '([^']*)'\}", rest)
        simple = re.match(r"([^}',*?${]*)\}", rest)
        if rest[:2] in ("*}", "?}", "$}"):
            tokens.append(rest[0])
            text = rest[2:]
            continue
        found = default or simple
        if not found or ":" not in found[1][1:] or found[1].startswith(":") or found[1] != found[1].strip():
            raise Unclear
        tokens.append("\0" + found[1] + "\0" + (found[2] if default else "\1"))
        text = rest[found.end() :]
    tokens += plain_tokens(text, wildcards)
    filled: list[str | int] = []
    for token in tokens:
        if not isinstance(token, str) or not token.startswith("\0") or token == "\0":
            filled.append(token)
            continue
        _, key, default_value = token.split("\0")
        value = look_up(key, request)
        if value is NOT_KNOWN or isinstance(value, Either):
            raise NotKnown
        if isinstance(value, tuple):
            raise Unclear
        if value is ABSENT:
            if default_value == "\1":
                raise NoValue
            value = default_value
        filled += list(str(value))
    return filled


# --- condition operators ---------------------------------------------------------------------------------------------


def number(text: str) -> Fraction | None:
    return Fraction(text) if re.fullmatch(r"[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)", text) else None


def double(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def moment(text: str) -> Fraction | None:
    form = r"(\d{4})(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?"
    if re.fullmatch(form, text, re.ASCII):
        fraction = re.search(r"\.(\d+)", text)
        text = re.sub(r"\.\d+", "", text)
        offset, local = 0, text
        zone = re.search(r"T.*([+-])(\d\d):(\d\d)$", text)
        if zone:
            if int(zone[2]) > 23 or int(zone[3]) > 59:
                return None
            offset = (int(zone[2]) * 3600 + int(zone[3]) * 60) * (-1 if zone[1] == "-" else 1)
            local = text[:-6]
        local = local.removesuffix("Z")
        local += {4: "-01-01", 7: "-01"}.get(len(local), "")
        leap = 0
        if re.search(r":\d\d:60$", local):
            local, leap = local[:-2] + "59", 1
        try:
            seconds = (datetime.fromisoformat(local) - datetime.fromisoformat("1970-01-01")).total_seconds()
        except ValueError:
            return None
        return Fraction(int(seconds) + leap - offset) + (Fraction(f"0.{fraction[1]}") if fraction else 0)
    if re.fullmatch(r"-?[0-9]{1,12}", text):
        return Fraction(text) if abs(int(text)) <= 253402300799 else None
    return None


def address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return None if "%" in text or "/" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    if "%" in text or not re.fullmatch(r"[^/]+(/[0-9]{1,3})?", text):
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def data(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda seen, wanted: seen == wanted,
    "LessThan": lambda seen, wanted: seen < wanted,
    "LessThanEquals": lambda seen, wanted: seen <= wanted,
    "GreaterThan": lambda seen, wanted: seen > wanted,
    "GreaterThanEquals": lambda seen, wanted: seen >= wanted,
}


def same(operator: str, seen: str, wanted: str, policy: Policy, request: Request) -> bool | None:
    """One request value against one policy value, for the positive operator. None: `seen` is of another type."""
    if operator in ("StringEquals", "StringEqualsIgnoreCase", "StringLike"):
        tokens = fill_in(wanted, operator == "StringLike", policy, request)
        if operator == "StringLike":
            return glob(tokens, seen)
        text = "".join(str(token) for token in tokens)
        if operator == "StringEquals":
            return text == seen
        return len(text) == len(seen) and text.lower() == seen.lower()
    if operator in ("ArnEquals", "ArnLike"):
        parts = segments(fill_in(wanted, True, policy, request))
        if len(parts) != 6:
            raise Unclear
        seen_parts = seen.split(":", 5)
        if len(seen_parts) != 6 or seen_parts[0] != "arn":
            return None
        return all(glob(part, seen_part) for part, seen_part in zip(parts, seen_parts, strict=True))
    for family, read in (("Numeric", number), ("Date", moment), ("Binary", data)):
        if operator.startswith(family):
            if read(wanted) is None:
                raise Unclear
            mine, theirs = read(seen), read(wanted)
            if mine is None:
                return None
            order = ORDER[operator.removeprefix(family)]
            exactly, rounded = order(mine, theirs), order(mine, theirs)
            if isinstance(mine, Fraction) and isinstance(theirs, Fraction) and family == "Numeric":
                rounded = order(double(mine), double(theirs))
            if exactly != rounded:
                raise Unclear  # AWS does not say how exactly it compares.
            return exactly
    if operator == "Bool":
        if wanted.lower() not in ("true", "false"):
            raise Unclear
        return None if seen.lower() not in ("true", "false") else seen.lower() == wanted.lower()
    assert operator == "IpAddress"
    range_, one = network(wanted), address(seen)
    if range_ is None:
        raise Unclear
    return None if one is None else one in range_


def compares(base: str, seen: str, values: list[str], policy: Policy, request: Request, may: bool, deny: bool) -> bool:
    """One request value against the policy's: OR for a positive operator, NOR for a negated one."""
    positive = {"NotIpAddress": "IpAddress"}.get(base, base.replace("Not", "", 1))
    negated = positive != base
    answers = []
    for wanted in values:
        try:
            equal = same(positive, seen, wanted, policy, request)
            answers.append((may and deny) if equal is None and negated else bool(equal) is not negated)
        except NoValue:
            answers.append(negated)
        except NotKnown:
            answers.append(may)
        except Unclear:
            answers.append(may and deny)
    return all(answers) if negated else any(answers)


def condition_holds(condition: Condition, policy: Policy, request: Request, may: bool, deny: bool) -> bool:
    seen = look_up(condition.key, request)
    values = seen.values if isinstance(seen, Either) else [seen]
    answers = [holds_for(value, condition, policy, request, may, deny) for value in values]
    return any(answers) if may else all(answers)


def holds_for(seen: object, condition: Condition, policy: Policy, request: Request, may: bool, deny: bool) -> bool:
    base, values = condition.operator.base, [value.text for value in condition.values]
    quantifier, if_exists = condition.operator.quantifier, condition.operator.if_exists
    unclear = may and deny
    if seen is NOT_KNOWN:
        return may
    if base == "Null":
        empty = seen == "" or (isinstance(seen, tuple) and seen and not any(seen))
        if empty or quantifier or if_exists or not values:
            return unclear
        absent = seen is ABSENT or seen == ()
        is_so = {"true": absent, "false": not absent}
        return any(is_so.get(value.lower(), unclear) for value in values)
    if not values:
        return unclear
    if seen is ABSENT and if_exists and quantifier is Quantifier.FOR_ANY_VALUE:
        return unclear
    if seen is ABSENT:
        return if_exists or quantifier is Quantifier.FOR_ALL_VALUES or ("Not" in base and quantifier is None)
    if quantifier is None:
        if isinstance(seen, tuple):
            return unclear
        return compares(base, str(seen), values, policy, request, may, deny)
    items = seen if isinstance(seen, tuple) else (seen,)
    answers = [compares(base, str(item), values, policy, request, may, deny) for item in items]
    every = quantifier is Quantifier.FOR_ALL_VALUES
    answer = all(answers) if every else any(answers)
    if items and not any(items):
        # Disputed: an empty string as an empty set. Only what every reading says is sure.
        sure = [compares(base, "", values, policy, request, mode, deny) for mode in (False, True)]
        settled = sure[0] == sure[1] == every
        return answer if settled else unclear
    return answer


# --- the other elements ------------------------------------------------------------------------------------------------


def action_matches(statement: Statement, request: Request, may: bool, deny: bool) -> bool:
    if not statement.actions.patterns:
        return may and deny
    listed = any(glob(plain_tokens(value.text.lower()), request.action.lower()) for value in statement.actions.patterns)
    return listed != statement.actions.negated


def one_resource(text: str, policy: Policy, request: Request) -> bool:
    if policy.version == "2012-10-17":
        # Variables belong after the fifth colon; those for single characters may stand anywhere.
        first = re.search(r"\$\{(?![*?$]\})", text)
        if first and text[: first.start()].count(":") < 5:
            raise Unclear
    tokens = fill_in(text, True, policy, request)
    if not glob(tokens, request.resource):
        return False
    parts = segments(tokens)
    inside = any(1 in part or 0 in part[:-1] for part in parts[:5])
    seen = request.resource.split(":", 5)
    if not inside or (
        len(seen) == len(parts) and all(glob(part, text) for part, text in zip(parts, seen, strict=True))
    ):
        return True
    raise Unclear


def resource_matches(
    statement: Statement, policy: Policy, kind: PolicyType, request: Request, may: bool, deny: bool
) -> bool:
    if statement.resources is None:
        return kind in (PolicyType.TRUST, PolicyType.RESOURCE) or (may and deny)
    if not statement.resources.patterns:
        return may and deny
    negated = statement.resources.negated
    answers = []
    for value in statement.resources.patterns:
        try:
            answers.append(one_resource(value.text, policy, request) is not negated)
        except NoValue:
            answers.append(negated)
        except NotKnown:
            answers.append(may)
        except Unclear:
            answers.append(may and deny)
    return all(answers) if negated else any(answers)


def named(kind: PrincipalKind, text: str, who: Principal) -> dict[str, object]:
    """How an entry names the principal: any of `itself`, `behind`, `account`, each True or a doubt's exception."""
    if kind is PrincipalKind.CANONICAL_USER or (kind is PrincipalKind.EVERYONE and text != "*"):
        return {"unclear": Unclear}
    if text != "*" and ("*" in text or "?" in text):
        return {"unclear": Unclear}
    if text == "*":
        return {"itself": True} if kind in (PrincipalKind.EVERYONE, PrincipalKind.AWS) else {"unclear": Unclear}
    if kind is PrincipalKind.SERVICE:
        return {"itself": True} if who.type is T.SERVICE and who.arn == text else {}
    if kind is PrincipalKind.FEDERATED:
        return {"behind": True} if who.identity_provider == text else {}
    as_account = re.fullmatch(r"([0-9]{12})|arn:[^:]+:iam::([0-9]{12}):root", text)
    unique_id = re.fullmatch(r"A(IDA|ROA)[A-Z0-9]{8,}", text)
    if not as_account and not unique_id and not re.fullmatch(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+", text, re.DOTALL):
        return {"unclear": Unclear}
    if who.type in (T.ANONYMOUS, T.SERVICE):
        return {}
    account = account_of(who)
    if as_account:
        if account is None:
            return {"account": NotKnown}
        if (as_account[1] or as_account[2]) != account:
            return {}
        return {"account": True, "itself": True} if who.type is T.ROOT_USER else {"account": True}
    if unique_id:
        own_id = who.unique_id.split(":")[0] if who.unique_id else None
        if unique_id[1] == "IDA" and who.type is T.USER:
            return {"itself": NotKnown} if own_id is None else ({"itself": True} if own_id == text else {})
        if unique_id[1] == "ROA" and who.type in ROLE_LIKE:
            return {"behind": NotKnown} if own_id is None else ({"behind": True} if own_id == text else {})
        return {"behind": NotKnown} if unique_id[1] == "IDA" and who.type is T.FEDERATED_SESSION else {}
    _, _, service, _, entry_account, name = text.split(":", 5)
    role_without_session = who.type in ROLE_LIKE and session_parts(who.arn) is None
    if text == who.arn and not role_without_session:
        return {"itself": True}
    if entry_account != account:
        return {}
    if who.type in ROLE_LIKE:
        parts = session_parts(who.arn)
        role_name = who.role_arn.split("/")[-1] if who.role_arn else (parts[0] if parts else None)
        if service == "iam" and name.startswith("role/"):
            same_role = text == who.role_arn if who.role_arn else name.split("/")[-1] == role_name
            return {"behind": True} if same_role else {}
        if service == "sts" and name.startswith("assumed-role/") and role_without_session:
            return {"itself": NotKnown} if name.split("/")[1] == role_name else {}
    if who.type is T.FEDERATED_SESSION and service == "iam":
        if who.federating_user_arn is None and name.startswith("user/"):
            return {"behind": NotKnown}
        return {"behind": True} if text == who.federating_user_arn else {}
    return {}


WITH_TOKEN = ("sts:assumerolewithwebidentity", "sts:assumerolewithsaml", "sts:tagsession", "sts:setsourceidentity")


def says(answer: object, may: bool, deny: bool) -> bool:
    if answer is NotKnown:
        return may
    return may and deny if answer is Unclear else bool(answer)


def principal_matches(
    statement: Statement, kind: PolicyType, request: Request, has_boundary: bool, may: bool, deny: bool, how: str = ""
) -> bool:
    """At a gateway endpoint of S3 or DynamoDB only `*` names users and roles, and what the endpoint is nobody knows."""
    element = statement.principals
    answer = lists_caller(statement, kind, request, has_boundary, may, deny, how)
    if kind is not PolicyType.ENDPOINT or not request.action.lower().startswith(("s3:", "dynamodb:")):
        return answer
    if element is None or not element.entries or lists_everyone(element):
        return answer
    is_root = request.principal.type is T.ROOT_USER and not element.negated
    return answer and (may or (is_root and lists_caller(statement, kind, request, has_boundary, False, deny, how)))


def lists_everyone(element: PrincipalElement) -> bool:
    return any(entry.value.text == "*" and entry.kind.value in ("*", "AWS") for entry in element.entries)


def lists_caller(
    statement: Statement, kind: PolicyType, request: Request, has_boundary: bool, may: bool, deny: bool, how: str
) -> bool:
    """`how`: only in that way (itself, behind, account); empty: in any way, the unclear ones included."""
    element, who = statement.principals, request.principal
    with_principal = kind in (PolicyType.RESOURCE, PolicyType.TRUST, PolicyType.RCP, PolicyType.ENDPOINT)
    if element is None:
        return not with_principal or (may and deny)
    if not with_principal or not element.entries or (element.negated and kind is PolicyType.TRUST):
        return may and deny
    ways: dict[str, list[object]] = {"itself": [], "behind": [], "account": [], "unclear": []}
    for entry in element.entries:
        found = named(entry.kind, entry.value.text, who)
        if entry.kind is PrincipalKind.FEDERATED and found and request.action.lower() not in WITH_TOKEN:
            # An identity provider is a principal of trust policies, for the calls that are made with its tokens.
            found = {"unclear": Unclear}
        for way, answer in found.items():
            ways[way].append(answer)

    def any_way(*wanted: str) -> list[object]:
        return [answer for way in wanted for answer in ways[way]]

    if not element.negated:
        listed = any_way(how) if how else any_way(*ways)
        return any(says(answer, may, deny) for answer in listed)
    if lists_everyone(element):
        return False
    in_account = who.type not in (T.ANONYMOUS, T.SERVICE)
    if not deny:
        # Allow to whoever is not listed; of what is not understood, nobody is sure to be outside.
        outside = all(
            answer is not True and (may if answer is NotKnown else answer is not Unclear) for answer in any_way(*ways)
        )
        return outside and how in ("", "behind")
    if in_account and has_boundary:
        return True
    chain = ["itself"] + (["behind"] if who.type in ROLE_LIKE else []) + (["account"] if in_account else [])
    if all(True in ways[way] for way in chain):
        return False
    listed = any_way("itself", "behind", "unclear")
    # Nobody of the chain is listed: denied. Some, or perhaps some: nobody knows.
    return True if not listed else may


def applies(
    statement: Statement,
    policy: Policy,
    kind: PolicyType,
    request: Request,
    has_boundary: bool,
    may: bool,
    how: str = "",
) -> bool:
    deny = statement.effect is Effect.DENY
    return (
        action_matches(statement, request, may, deny)
        and resource_matches(statement, policy, kind, request, may, deny)
        and principal_matches(statement, kind, request, has_boundary, may, deny, how)
        and all(condition_holds(condition, policy, request, may, deny) for condition in statement.conditions)
    )


# --- beside policies: KMS grants, S3 Block Public Access, entities that only AWS changes ------------------------------


def pairs_of(request: Request) -> dict[str, object]:
    start = "kms:encryptioncontext:"
    return {key[len(start) :]: value for key, value in request.context.items() if key.lower().startswith(start)}


def context_is_open(request: Request) -> bool:
    start = "kms:encryptioncontext:"
    return any(key.lower().startswith(start) for key in request.unknown_keys) or (
        "*" in request.unknown_keys and "*" not in request.absent_keys
    )


def grant_gives(grant: KeyGrant, request: Request, may: bool) -> bool:
    """Whether the grant gives the permission in this request, to whomever."""
    action = request.action.lower()
    if action not in [f"kms:{operation.lower()}" for operation in grant.operations]:
        return False
    cryptographic = action.startswith(("kms:encrypt", "kms:decrypt", "kms:generatedatakey", "kms:reencrypt"))
    pairs, perhaps_more = pairs_of(request), context_is_open(request)
    for wanted in (grant.context_subset, grant.context_equals):
        for name, value in (wanted or {}).items() if cryptographic else ():
            if name in pairs and pairs[name] != value:
                return False
            if name not in pairs and not (perhaps_more and may):
                return False
    nothing_else = cryptographic and grant.context_equals is not None
    if nothing_else and (set(pairs) - set(grant.context_equals or {}) or (perhaps_more and not may)):
        return False
    source = look_up("aws:SourceArn", request)
    if grant.source_arn is not None and source != grant.source_arn and not (source is NOT_KNOWN and may):
        return False
    if action == "kms:creategrant":
        operations = look_up("kms:GrantOperations", request)
        if operations is ABSENT or operations is NOT_KNOWN:
            return may
        listed = operations if isinstance(operations, tuple) else (operations,)
        if not set(listed) <= grant.operations:
            return False
        limited = grant.context_subset is not None or grant.context_equals is not None or grant.source_arn is not None
        return may if limited else True
    return True


def grant_names(principal: str, request: Request, how: str, may: bool) -> bool:
    kind = PrincipalKind.AWS if principal.startswith(("arn:", "AIDA", "AROA")) else PrincipalKind.SERVICE
    return says(named(kind, principal, request.principal).get(how, False), may, deny=False)


def granted_by_grants(stack: PolicyStack, request: Request, how: str, may: bool) -> bool:
    if isinstance(stack.grants, Unknown):
        return may
    if request.action.lower() != "kms:retiregrant":
        return any(
            grant_gives(grant, request, may) and grant_names(grant.grantee, request, how, may) for grant in stack.grants
        )

    def retires(grant: KeyGrant, how: str, may: bool) -> bool:
        who = request.principal
        owner = how == "itself" and who.type is T.ROOT_USER and who.arn == grant.issuing_account
        mine = grant.retiring_principal is not None and grant_names(grant.retiring_principal, request, how, may)
        return owner or mine or ("RetireGrant" in grant.operations and grant_names(grant.grantee, request, how, may))

    # Which of the grants is meant is not known.
    all_mine = all(
        any(named_at_all(each, request) for each in principals_that_retire(grant))
        or (request.principal.type is T.ROOT_USER and request.principal.arn == grant.issuing_account)
        for grant in stack.grants
    )
    return any(retires(grant, how, may) for grant in stack.grants) and (may or all_mine)


def principals_that_retire(grant: KeyGrant) -> list[str]:
    return [
        *([grant.retiring_principal] if grant.retiring_principal else []),
        *([grant.grantee] if "RetireGrant" in grant.operations else []),
    ]


def named_at_all(principal: str, request: Request) -> bool:
    return any(grant_names(principal, request, how, may=True) for how in ("itself", "behind", "account"))


FIXING_KEYS = {
    *(f"aws:principal{name}" for name in ("account", "arn", "orgid", "orgpaths", "servicename")),
    *(f"aws:source{name}" for name in ("account", "arn", "ip", "owner", "vpc", "vpce")),
    *("aws:userid", "s3:dataaccesspointaccount", "s3:dataaccesspointarn"),
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
}


def fixed(text: str) -> bool:
    return not any(mark in text for mark in ("*", "?", "${"))


def condition_fixes(condition: Condition, may_fix: bool) -> bool:
    key, base = condition.key.lower(), condition.operator.base
    if key not in FIXING_KEYS or "Not" in base or not condition.values:
        return False
    for value in condition.values:
        if base == "IpAddress":
            range_ = network(value.text)
            private = [ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
            if key != "aws:sourceip" or range_ is None:
                return False
            inside = isinstance(range_, ipaddress.IPv4Network) and any(range_.subnet_of(each) for each in private)
            if not inside and range_.prefixlen < (8 if range_.version == 4 else 32):
                return False
            continue
        access_point = r"arn:[^:*?$]+:s3:[^:$]*:\d{12}:accesspoint/[^$]*"
        of_account = key == "s3:dataaccesspointarn" and re.fullmatch(access_point, value.text, re.ASCII)
        if not base.startswith(("String", "Arn")) or not (fixed(value.text) or of_account):
            return False
    odd = condition.operator.if_exists or condition.operator.quantifier is Quantifier.FOR_ALL_VALUES
    return may_fix if odd else True


def statement_is_public(statement: Statement, may: bool) -> bool:
    """`may`: whether it may be public, in doubt."""
    if statement.effect is Effect.DENY or any(condition_fixes(each, not may) for each in statement.conditions):
        return False
    if statement.principals is None or statement.principals.negated:
        return True
    for entry in statement.principals.entries:
        text = entry.value.text
        if entry.kind is PrincipalKind.FEDERATED:
            if may or not text.startswith("arn:"):
                return True
        elif entry.kind is PrincipalKind.EVERYONE or not fixed(text):
            return True
    return False


def blocked(stack: PolicyStack, request: Request, may: bool) -> bool:
    who, owner = request.principal, request.resource_account
    setting = may if isinstance(stack.restrict_public_buckets, Unknown) else stack.restrict_public_buckets
    if not setting or not request.action.lower().startswith("s3:") or who.type is T.SERVICE:
        return False
    if who.type is not T.ANONYMOUS and owner in (None, account_of(who)):
        return False
    if isinstance(stack.resource, Unknown):
        return may
    statements = [statement for attached in stack.resource.policies for statement in attached.policy.statements]
    return any(statement_is_public(statement, may) for statement in statements)


def only_aws_changes(request: Request) -> bool:
    if request.principal.type in (T.SERVICE, T.SERVICE_LINKED_ROLE_SESSION):
        return False
    service, _, name = request.action.lower().partition(":")
    if service == "kms":
        return name in ("createalias", "updatealias", "deletealias") and ":alias/aws/" in request.resource
    policies = ("createpolicyversion", "deletepolicy", "deletepolicyversion", "setdefaultpolicyversion")
    if service == "iam" and name in (*policies, "tagpolicy", "untagpolicy"):
        return ":iam::aws:policy/" in request.resource
    policies_of = ("attachrolepolicy", "detachrolepolicy", "putrolepolicy", "deleterolepolicy", "deleterole")
    linked = (*policies_of, "putrolepermissionsboundary", "deleterolepermissionsboundary", "updateassumerolepolicy")
    if service == "iam" and name in linked and ":role/aws-service-role/" in request.resource:
        return True
    reserved = (*linked, "tagrole", "untagrole", "updaterole", "updateroledescription")
    return service == "iam" and name in reserved and ":role/aws-reserved/" in request.resource


# --- the combination of policy types ---------------------------------------------------------------------------------


def decide(request: Request, stack: PolicyStack) -> Outcome:
    who, action = request.principal, request.action.lower()
    if "*" in action or "?" in action:
        return Outcome.UNDECIDED
    if action == "sts:getcalleridentity" and who.type is not T.ANONYMOUS:
        return Outcome.ALLOWED
    if action == "sts:getsessiontoken" and who.type in (T.USER, T.ROOT_USER):
        return Outcome.ALLOWED
    boundary = stack.boundary is not None
    token = who.type in (T.WEB_IDENTITY_SESSION, T.SAML_SESSION) and action.startswith("sts:assumerolewith")
    alone = token or who.type in (T.SERVICE, T.ANONYMOUS)

    def find(layer: Layer, effect: Effect, may: bool, how: str = "") -> bool:
        if isinstance(layer, Unknown):
            return may
        return any(
            statement.effect is effect
            and applies(statement, attached.policy, attached.type, request, boundary, may, how)
            for attached in layer.policies
            for statement in attached.policy.statements
        )

    scps = () if who.type in (T.SERVICE, T.ANONYMOUS, T.SERVICE_LINKED_ROLE_SESSION) else stack.scps
    rcps = () if who.type is T.SERVICE_LINKED_ROLE_SESSION or action == "kms:retiregrant" else stack.rcps
    about_trust = action.startswith("sts:assumerole") or action in ("sts:tagsession", "sts:setsourceidentity")
    if about_trust and action != "sts:assumeroot" and ":role/aws-service-role/" in request.resource:
        rcps = ()
    manager = request.organization.management_account if request.organization else None
    if manager is not None and manager == account_of(who):
        scps = ()
    if manager is not None and manager == (request.resource_account or account_of(who)):
        rcps = ()
    if stack.aws_managed_key and action.startswith("kms:"):
        rcps = ()
    alias = action.startswith("kms:") and ":alias/" in request.resource
    resource = None if alias else stack.resource
    own = [] if alone else [stack.identity, stack.boundary, stack.session]
    layers = [layer for layer in (*rcps, *scps, stack.endpoint, resource, *own) if layer is not None]
    key = action.startswith("kms:") and action.split(":")[1] not in KMS_WITHOUT_KEY and not alias
    if request.resource.startswith("arn:") and ":key/" not in request.resource:
        key = False

    def denied(may: bool) -> bool:
        return blocked(stack, request, may) or any(find(layer, Effect.DENY, may) for layer in layers)

    def granted(may: bool) -> bool:
        def allows(layer: Layer) -> bool:
            return find(layer, Effect.ALLOW, may)

        def policy_grants(*ways: str) -> bool:
            by_grant = key and any(granted_by_grants(stack, request, way, may) for way in ways)
            return by_grant or (resource is not None and any(find(resource, Effect.ALLOW, may, way) for way in ways))

        if not all(allows(scp) for scp in scps):
            return False
        if stack.endpoint is not None and not allows(stack.endpoint):
            return False
        if alone:
            return policy_grants("itself", "behind", "account")
        root = who.type is T.ROOT_USER or (who.federating_user_arn or "").endswith(":root")
        within_limits = stack.boundary is None or allows(stack.boundary)
        if stack.session is not None:
            within_limits = within_limits and allows(stack.session)
        elif who.type is T.FEDERATED_SESSION:
            within_limits = False
        by_identity = (root or allows(stack.identity)) and within_limits
        owner, account = request.resource_account, account_of(who)
        across = by_identity and policy_grants("itself", "behind", "account")
        if owner is not None and account is not None and owner != account:
            return across
        trust = action.startswith("sts:assumerole") and action != "sts:assumeroot"
        trust = trust or (action in ("sts:tagsession", "sts:setsourceidentity") and ":role/" in request.resource)
        within = policy_grants("itself") or (policy_grants("behind") and within_limits)
        if trust or key:
            within = within or (policy_grants("account") and by_identity)
        else:
            within = within or by_identity
        return across or (within and may) if owner is not None and account is None else within

    if denied(may=False):
        return Outcome.EXPLICIT_DENY
    if only_aws_changes(request) or not granted(may=True) or (who.type is T.ROOT_USER and action == "sts:assumerole"):
        return Outcome.IMPLICIT_DENY
    return Outcome.ALLOWED if granted(may=False) and not denied(may=True) else Outcome.UNDECIDED


KMS_WITHOUT_KEY = {
    "createkey",
    "generaterandom",
    "listaliases",
    "listkeys",
    "createcustomkeystore",
    "connectcustomkeystore",
    "describecustomkeystores",
    "disconnectcustomkeystore",
    "deletecustomkeystore",
    "updatecustomkeystore",
}
