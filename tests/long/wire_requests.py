"""Random requests to the gate: some as clients send them, most of them broken somewhere."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import quote

from passrole.account.aws_models import shared_loader
from passrole.account.operations import OPERATIONS
from passrole.server.message import HttpRequest

HOST = "localhost"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}
POLICY = {"Version": "2012-10-17", "Statement": [{"Sid": "a", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    ],
}
PASSWORD = "Long enough: 1 password"
# What the account has, so that many requests come far: by the parameter that names it, and whatever the parameter.
THERE = {
    "UserName": "u",
    "GroupName": "g",
    "RoleName": "r",
    "InstanceProfileName": "i",
    "PolicyArn": "arn:aws:iam::111122223333:policy/p",
    "SerialNumber": "arn:aws:iam::111122223333:mfa/m",
    "RoleArn": "arn:aws:iam::111122223333:role/r",
    "PolicySourceArn": "arn:aws:iam::111122223333:user/u",
    "VersionId": "v1",
    "PolicyName": "p",
    "AccountAlias": "an-alias",
    "Password": PASSWORD,
    "NewPassword": PASSWORD + "!",
    "OldPassword": PASSWORD,
    "EncodedMessage": "AQAB",
}
NAMES = ("u", "r", "g", "p", "i", "m", "passrole-admin", "v1", "AWSServiceRoleForECS")
ARNS = (
    "arn:aws:iam::111122223333:user/u",
    "arn:aws:iam::111122223333:role/r",
    "arn:aws:iam::111122223333:group/g",
    "arn:aws:iam::111122223333:policy/p",
    "arn:aws:iam::111122223333:mfa/m",
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "arn:aws:iam::444455556666:role/r",
    "arn:aws:sts::111122223333:assumed-role/r/s",
    "arn:aws:s3:::b/k",
    "*",
)
ODD = (
    "",
    " ",
    "\0",
    "\x01\x1f\x7f",
    "\ufeff",
    "\ud7ff\ue000\ufffd",
    "\U0001f600",
    "\u202e\u0000",
    "ſ",
    "İ",
    "ß" * 70,
    "a\r\nb: c",
    "../../etc/passwd",
    "%00%ff",
    "${aws:username}",
    "<x>&amp;]]>",
    "'; DROP TABLE entities; --",
    "-1",
    "9" * 40,
    "0x10",
    "1e400",
    "NaN",
    "true",
    "MQ==",
    "task/aws-service-role/ecs.amazonaws.com/x/00000000-0000-4000-8000-000000000000",
)


@dataclass(frozen=True, slots=True)
class Key:
    access_key_id: str
    secret: str
    token: str | None = None


class WireRequests:
    """The same seed gives the same requests, but for their signatures' times."""

    def __init__(self, seed: int, keys: list[Key]) -> None:
        self.random = random.Random(seed)
        self.keys = keys
        self._models = _models()

    def request(self, now: datetime) -> HttpRequest:
        kind = self.random.choices(
            (self._call, self._presigned, self._broken_form, self._noise, self._replayed),
            weights=(66, 5, 15, 8, 6),
            k=1,
        )[0]
        return kind(now)

    # Calls of an operation with parameters by its model.

    def _call(self, now: datetime) -> HttpRequest:
        pairs, service = self._parameters()
        return self._signed(self._form(pairs), service, now)

    def _parameters(self) -> tuple[list[tuple[str, str]], str]:
        service = self.random.choice(("iam", "iam", "iam", "iam", "iam", "iam", "iam", "sts"))
        name = self.random.choice(_operations(service, self.random.random() < 0.05))
        model = self._models[service]
        pairs = [("Action", name), ("Version", VERSIONS[service])]
        shape = model["operations"][name].get("input")
        if shape is not None:
            self._structure(model, model["shapes"][shape["shape"]], "", pairs, 0)
        return pairs, service

    def _structure(self, model: dict, shape: dict, prefix: str, pairs: list[tuple[str, str]], depth: int) -> None:
        for name, member in shape.get("members", {}).items():
            likely = 0.95 if name in shape.get("required", ()) else 0.4
            if self.random.random() < likely:
                self._value(model, model["shapes"][member["shape"]], prefix + name, pairs, depth + 1)

    def _value(self, model: dict, shape: dict, name: str, pairs: list[tuple[str, str]], depth: int) -> None:
        if depth > 6 or self.random.random() < 0.01:
            pairs.append((name, self._odd()))
        elif shape["type"] == "structure":
            self._structure(model, shape, f"{name}.", pairs, depth)
        elif shape["type"] == "list":
            start = self.random.choice((1, 1, 1, 0, 7))
            for place in range(start, start + self.random.choice((0, 1, 1, 1, 1, 2, 2, 2, 3, 60))):
                self._value(model, model["shapes"][shape["member"]["shape"]], f"{name}.member.{place}", pairs, depth)
        else:
            pairs.append((name, self._scalar(shape, name)))

    def _scalar(self, shape: dict, name: str) -> str:
        if self.random.random() < 0.05:
            return self._odd()
        if shape["type"] in ("integer", "long"):
            return str(self.random.choice((0, 1, 6, 6, 50, 50, 900, 3600, 3600, 10**6, -1, 10**17)))
        if shape["type"] == "boolean":
            return self.random.choice(("true", "false", "True", "yes"))
        if "enum" in shape:
            return self.random.choice(shape["enum"])
        last = name.rpartition(".")[2]
        if last in THERE and self.random.random() < 0.7:
            return THERE[last]
        if "Document" in name or last == "Policy" or "PolicyInputList" in name or last == "ResourcePolicy":
            return self.document()
        if "Arn" in last or last == "SerialNumber" or last == "PermissionsBoundary" or "ResourceArns" in name:
            return self.random.choice(ARNS)
        if "Code" in last:
            return f"{self.random.randrange(10**6):06d}"
        if last == "AWSServiceName":
            return self.random.choice(("ecs.amazonaws.com", "autoscaling.amazonaws.com", "x.amazonaws.com"))
        if last == "Path" or last == "PathPrefix":
            return self.random.choice(("/", "/a/", "/a", "a", "/aws-service-role/", "//"))
        if "ActionNames" in name:
            return self.random.choice(("s3:GetObject", "iam:PassRole", "s3:*", "x", "sts:AssumeRole", "kms:Decrypt"))
        return self.random.choice(NAMES)

    def _odd(self) -> str:
        text = self.random.choice(ODD)
        if self.random.random() < 0.1:
            text = chr(self.random.choice((0, 9, 0x85, 0x2028, 0xFFFE, 0x10FFFF))) * self.random.choice(
                (1, 1, 1, 300, 300, 5000)
            )
        return text

    def document(self) -> str:
        """A policy document: right, nearly right, deep, or not one at all."""
        text = json.dumps(self.random.choice((POLICY, TRUST)))
        match self.random.randrange(9):
            case 0:
                depth = self.random.choice((10, 100, 2000))
                opening, closing = self.random.choice((("[", "]"), ('{"a":', "}")))
                deep = opening * depth + "1" + closing * depth
                return self.random.choice((deep, text.replace('"*"', deep), opening * depth))
            case 1:
                start = self.random.randrange(len(text))
                return text[:start] + text[start + self.random.choice((1, 5, 40)) :]
            case 2:
                start = self.random.randrange(len(text))
                return (
                    text[:start]
                    + self.random.choice(('"', "\\", "\\ud800", "\u0000", ",", "}", "é", "//"))
                    + text[start:]
                )
            case 3:
                value = json.loads(text)
                statement = value["Statement"][0]
                statement[
                    self.random.choice(("Condition", "Action", "Resource", "Principal", "Sid", "NotAction", "X"))
                ] = self.random.choice(
                    (
                        {"StringEquals": {"aws:username": ["${aws:username", 1, True]}},
                        {"Bool": {}},
                        {"ForAllValues:StringLike": {"a:b": None}},
                        {"DateLessThan": {"aws:CurrentTime": "x"}},
                        {"IpAddress": {"aws:SourceIp": "999.1.1.1/99"}},
                        {"NumericEquals": {"s3:max-keys": "1e999"}},
                        {"AWS": ["*", "x", 5], "Service": {}},
                        "*" * 50,
                        "iam:" + "?*" * 20,
                        [],
                        None,
                        3,
                        "arn:aws:iam::111122223333:role/${*}",
                    )
                )
                return json.dumps(value)
            case 4:
                return json.dumps({**json.loads(text), "Statement": json.loads(text)["Statement"] * 300})
            case _:
                return text

    def _presigned(self, now: datetime) -> HttpRequest:
        """Everything in the query; one in three is changed after it was signed, is too late, or may be used too long."""
        pairs, service = self._parameters()
        key, date = self.random.choice(self.keys), now.astimezone(UTC)
        change = self.random.randrange(9)
        if change == 0:
            date -= timedelta(minutes=20)
        stamp, region = date.strftime("%Y%m%dT%H%M%SZ"), "us-east-1"
        scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
        pairs += [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", f"{key.access_key_id}/{scope}"),
            ("X-Amz-Date", stamp),
            (
                "X-Amz-Expires",
                self.random.choice(("900", "60", "3600", "86400", "900", "900", "0", "604801", "x", "1e3")),
            ),
            ("X-Amz-SignedHeaders", "host"),
        ]
        if key.token is not None:
            pairs.append(("X-Amz-Security-Token", key.token))
        encoded = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in pairs)
        query = "&".join(f"{name}={value}" for name, value in encoded)
        method = self.random.choice(("GET", "POST"))
        canonical = f"{method}\n/\n{query}\nhost:{HOST}\n\nhost\n{hashlib.sha256(b'').hexdigest()}"
        target = f"/?{query}&X-Amz-Signature={_signature(key, stamp, region, service, canonical)}"
        if change == 1:
            start = self.random.randrange(len(target))
            target = target[:start] + target[start + 1 :]
        elif change == 2:
            target += self.random.choice(("&X-Amz-Signature=0", "&X-Amz-Date=", "&Action=ListUsers", "&", "#"))
        return HttpRequest(method, target, (("host", HOST),), b"")

    # What no client sends.

    def _form(self, pairs: list[tuple[str, str]]) -> bytes:
        text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
        return text.encode()

    def _broken_form(self, now: datetime) -> HttpRequest:
        pairs, service = self._parameters()
        body = bytearray(self._form(pairs))
        for _ in range(self.random.choice((1, 1, 3))):
            start = self.random.randrange(len(body) + 1)
            body[start:start] = self.random.choice(
                (
                    b"%",
                    b"%zz",
                    b"%80",
                    b"\xff\xfe",
                    b"&",
                    b"=",
                    b".",
                    b"&a.b.c.d=1",
                    b"&Tags.member.1=x",
                    b"+",
                    b"\0",
                    b";",
                )
            )
        if self.random.random() < 0.1:
            body += b"&" + b".".join([b"a"] * self.random.choice((5, 40, 3000))) + b"=1"
        if self.random.random() < 0.05:
            body += b"&x=1" * 12_000
        return self._signed(bytes(body), service, now)

    def _noise(self, now: datetime) -> HttpRequest:
        pairs, service = self._parameters()
        request = self._signed(self._form(pairs), service, now)
        choice = self.random.randrange(6)
        headers, method, target, body = list(request.headers), request.method, request.target, request.body
        if choice == 0:
            method = self.random.choice(("GET", "PUT", "DELETE", "x", "OPTIONS"))
        elif choice == 1:
            target = self.random.choice(
                ("/x", "/?%", "/?Action=GetUser", "//", "/?Action=ListUsers&Version=2010-05-08", "*")
            )
        elif choice == 2:
            headers = [(name, value) for name, value in headers if self.random.random() < 0.6]
        elif choice == 3:
            headers.append(
                self.random.choice(
                    (
                        ("Content-Type", "application/json"),
                        ("X-Amz-Target", "IAM.GetUser"),
                        ("X-Amz-Date", "yesterday"),
                        ("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c"),
                        ("X-Amz-Security-Token", "\udcff\x00"),
                    )
                )
            )
        elif choice == 4:
            body = bytes(self.random.randrange(256) for _ in range(self.random.choice((0, 10, 500))))
        else:
            body = body[: self.random.randrange(len(body) + 1)]
        return HttpRequest(method, target, tuple(headers), body)

    def _replayed(self, now: datetime) -> HttpRequest:
        """A signature that is old, for another place, or cut."""
        pairs, service = self._parameters()
        late = now - timedelta(minutes=self.random.choice((0, 14, 16, 10_000, -16)))
        region = self.random.choice(("us-east-1", "eu-west-1", "cn-north-1", "nowhere", "x" * 300))
        service = self.random.choice((service, "sts", "s3", "iam ", ""))
        request = self._signed(self._form(pairs), service, late, region=region)
        change: Callable[[str], str] = self.random.choice(
            (lambda text: text, lambda text: text[:-1], lambda text: text.replace("=", "", 1), lambda text: text * 2)
        )
        headers = tuple(
            (name, change(value) if name.lower() == "authorization" else value) for name, value in request.headers
        )
        return HttpRequest(request.method, request.target, headers, request.body)

    def _signed(self, body: bytes, service: str, when: datetime, region: str = "us-east-1") -> HttpRequest:
        """As the page on Signature Version 4 has it; botocore does the same more slowly (a test compares them)."""
        key = self.random.choice(self.keys)
        date = when.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        headers = {"content-type": FORM, "host": HOST, "x-amz-date": date}
        if key.token is not None:
            headers["x-amz-security-token"] = key.token
        signed = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        canonical = f"POST\n/\n\n{lines}\n{signed}\n{hashlib.sha256(body).hexdigest()}"
        signature = _signature(key, date, region, service, canonical)
        scope = f"{date[:8]}/{region}/{service}/aws4_request"
        claim = (
            f"AWS4-HMAC-SHA256 Credential={key.access_key_id}/{scope}, SignedHeaders={signed}, Signature={signature}"
        )
        return HttpRequest("POST", "/", (*headers.items(), ("Authorization", claim)), body)


@cache
def _models() -> dict[str, dict]:
    return {service: shared_loader().load_service_model(service, "service-2") for service in VERSIONS}


@cache
def _operations(service: str, all_of_aws: bool) -> list[str]:
    """Those that are answered, or AWS's."""
    if all_of_aws:
        return sorted(_models()[service]["operations"])
    return sorted(name for of, name in OPERATIONS if of == service)


def _signature(key: Key, date: str, region: str, service: str, canonical: str) -> str:
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(_signing_key(key.secret, date[:8], region, service), to_sign.encode(), "sha256").hexdigest()


@cache
def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def as_text(request: HttpRequest) -> str:
    """A request as somebody could put it into a test."""
    return f"{request.method} {request.target} {request.headers!r} body={base64.b64encode(request.body)!r}"
