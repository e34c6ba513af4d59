"""What the backend was asked about stored state, each question once for as long as nothing of it was written.

An error of the backend that says that something is not there is an answer; every other one leaves it not known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from passrole.account.service_error import ServiceError
from passrole.activity.bind.state import Answer, Encryption, Known, NoSuchThing, NotKnown
from passrole.server.gateway.backend import Backend

Answered: TypeAlias = Answer[Mapping[str, object]]

Parameter: TypeAlias = object
"""A value that JSON has, as botocore takes it."""
_Key: TypeAlias = tuple[str, str, str, str, object]

KEPT_READINGS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Lacking(NotKnown):
    """The backend has no such operation, and so keeps nothing that only this operation shows."""


_LACKING: Final = frozenset(
    {
        "InvalidAction",
        "NotImplemented",
        "NotImplementedException",
        "UnknownOperation",
        "UnknownOperationException",
        "UnsupportedOperation",
        "UnsupportedOperationException",
    }
)
_ABSENT: Final = frozenset(
    {
        "AWS.SimpleQueueService.NonExistentQueue",
        "InvalidDocument",
        "InvalidResourceId",
        "NoSuchEntity",
        "QueueDoesNotExist",
    }
)
"""Codes of absence that do not say so by their form."""


class Readings:
    """Reads on behalf of one call, with what earlier calls have read where nothing that it shows was written since.

    What it has read once it does not read again, whatever others write meanwhile.
    """

    def __init__(self, kept: KeptReadings) -> None:
        self._backend = kept.backend
        self._kept = kept
        self._read: dict[_Key, Answered] = {}
        self.name = kept.backend.name

    def read(self, service: str, operation: str, *, region: str, account: str, **parameters: Parameter) -> Answered:
        """The answer to one reading operation, by botocore's names; NoSuchThing where the backend has no such thing."""
        key = (service, operation, region, account, _told(parameters))
        found = self._read.get(key)
        if found is None:
            # Asked for before the reading, so that what is written meanwhile makes it out of date.
            version = self._backend.state_version(service, operation)
            found = self._kept.of(key, version)
            if found is None:
                found = self._ask(service, operation, region, account, parameters)
                self._kept.keep(key, version, found)
            self._read[key] = found
        return found

    def all_of(
        self, service: str, operation: str, member: str, *, region: str, account: str, **parameters: Parameter
    ) -> Answer[tuple[object, ...]]:
        """What the operation lists under `member`, through all its pages."""
        found: list[object] = []
        token: dict[str, str] = {}
        while True:
            answer = self.read(service, operation, region=region, account=account, **parameters, **token)
            if not isinstance(answer, Known):
                return answer
            listed = answer.value.get(member)
            found += listed if isinstance(listed, list) else []
            token = _next(answer.value)
            if not token:
                return Known(tuple(found))

    def encryption_of_upload(self, upload_id: str) -> Encryption | None:
        """What `CreateMultipartUpload` said: no operation of S3 shows it later. None for one that was not seen."""
        return self._kept.upload(upload_id)

    def _ask(
        self, service: str, operation: str, region: str, account: str, parameters: Mapping[str, Parameter]
    ) -> Answered:
        from botocore import xform_name
        from botocore.exceptions import BotoCoreError, ClientError

        client = self._backend.client(service, region=region, account_id=account)
        try:
            return Known(getattr(client, xform_name(operation))(**parameters))
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if _says_absent(code, operation):
                return NoSuchThing()
            if code in _LACKING:
                return Lacking(f"the backend does not have {operation} of {service}")
            return NotKnown(f"the backend answered {operation} of {service} with {code or 'an error'}")
        except ServiceError as error:
            if error.code in _LACKING:
                return Lacking(f"the backend does not have {operation} of {service}")
            return NotKnown(f"the backend answered {operation} of {service} with {error.code}")
        except BotoCoreError as error:
            return NotKnown(f"the backend could not be asked {operation} of {service}: {error}")


class KeptReadings:
    """Readings that outlast a call, each for as long as what it shows is as it was; safe to share between threads."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._answers: dict[_Key, tuple[int, Answered]] = {}
        self._uploads: dict[str, Encryption] = {}

    def for_call(self) -> Readings:
        """To be asked before anything is read for a call, and not kept beyond it."""
        return Readings(self)

    def of(self, key: _Key, version: int | None) -> Answered | None:
        found = self._answers.get(key)
        return found[1] if found is not None and found[0] == version else None

    def keep(self, key: _Key, version: int | None, answer: Answered) -> None:
        if version is None:
            return
        if len(self._answers) >= KEPT_READINGS:
            self._answers.clear()
        self._answers[key] = version, answer

    def upload(self, upload_id: str) -> Encryption | None:
        return self._uploads.get(upload_id)

    def upload_began(self, upload_id: str, encryption: Encryption) -> None:
        """To be told when CreateMultipartUpload was answered."""
        self._uploads[upload_id] = encryption

    def upload_ended(self, upload_id: str) -> None:
        """To be told when an upload was completed or aborted."""
        self._uploads.pop(upload_id, None)


def _told(parameters: Mapping[str, Parameter]) -> object:
    """The same for the same parameters: JSON only where they are more than texts, as few are."""
    if all(type(value) is str for value in parameters.values()):
        return tuple(sorted(parameters.items()))
    return json.dumps(parameters, sort_keys=True)


def _says_absent(code: str, operation: str) -> bool:
    if code in _ABSENT or code.startswith("NoSuch"):
        return True
    # An operation that the backend does not have is no absence of a thing.
    if "NotFound" in code and not code.startswith(("Operation", "Action", "Method", "UnknownOperation")):
        return True
    return code == "404" and operation.startswith("Head")


_TOKENS: Final = (
    ("NextToken", "NextToken"),
    ("nextToken", "nextToken"),
    ("NextMarker", "Marker"),
    ("ContinuationToken", "ContinuationToken"),
)
"""A member of the answer, and the parameter that takes it."""


def _next(answer: Mapping[str, object]) -> dict[str, str]:
    for told, asked in _TOKENS:
        value = answer.get(told)
        if isinstance(value, str) and value:
            return {asked: value}
    return {}
