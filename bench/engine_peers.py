"""Other engines on the same questions: each installed by name into a temporary folder, and run as a program.

None of them is part of passrole, nor needed to run it. What cannot be installed here is skipped, with the reason.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cedar_translation import CannotTranslate, context_of, policy_set
from engine_workload import ACCOUNT, Document, Subject, Workload

from passrole.policy.model import PolicyType

HERE = Path(__file__).parent / "peers"
INSTALL_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    package: str
    install: Callable[[Path, str], Sequence[str]]
    run: Callable[[Path, Path], Sequence[str]]


def _pip(folder: Path, package: str) -> Sequence[str]:
    return (sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), package)


def _npm(folder: Path, package: str) -> Sequence[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise Skipped("npm is not installed")
    return (npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), package)


def _node(script: str, *more: str) -> Callable[[Path, Path], Sequence[str]]:
    return lambda folder, questions: ("node", str(HERE / script), str(folder), str(questions), *more)


def _python(script: str, *more: str) -> Callable[[Path, Path], Sequence[str]]:
    return lambda folder, questions: (sys.executable, str(HERE / script), str(folder), str(questions), *more)


_SIMULATE = "@cloud-copilot/iam-simulate"

PEERS = (
    Peer("iam-simulate, input not checked", _SIMULATE, _npm, _node("iam_simulate.cjs", "unchecked")),
    Peer("iam-simulate, its inner function", _SIMULATE, _npm, _node("iam_simulate.cjs", "inner")),
    Peer("PMapper", "principalmapper", _pip, _python("principalmapper.py")),
    Peer("cedarpy, policies as text", "cedarpy", _pip, _python("cedar.py", "text")),
    Peer("cedarpy, policies parsed before", "cedarpy", _pip, _python("cedar.py", "prepared")),
)


class Skipped(Exception):
    """The reason why a peer is not measured."""


@dataclass(frozen=True, slots=True)
class Measured:
    peer: Peer
    microseconds: float
    """CPU time of one decision, on average."""
    asked: int
    different: int
    """Answers, allowed or not, that are not those of `evaluate`."""


@contextmanager
def installed() -> Iterator[Callable[[Peer], Path]]:
    """Installs a peer at its first use; everything is gone at the end."""
    with tempfile.TemporaryDirectory() as scratch:
        folders: dict[str, Path] = {}

        def folder_of(peer: Peer) -> Path:
            if peer.package not in folders:
                folder = Path(scratch) / peer.package.replace("/", "-").strip("@")
                folder.mkdir()
                _done(peer.install(folder, peer.package))
                folders[peer.package] = folder
            return folders[peer.package]

        yield folder_of


def measure(peer: Peer, folder: Path, work: Workload, allowed: Sequence[bool], budget_seconds: float) -> Measured:
    """On the requests of the workload's first subject, as many as the budget of CPU time lets it answer."""
    places = [place for place, whose in enumerate(work.subject_of) if whose == 0]
    questions = [work.requests[place] for place in places]
    subject = work.subjects[0]
    given = {
        "documents": _documents(subject),
        "account": ACCOUNT,
        "principal": subject.principal.arn,
        "role": subject.principal.role_arn,
        "budget_seconds": budget_seconds,
        "cedar": _cedar(subject) if peer.package == "cedarpy" else None,
        "questions": [
            {
                "action": one.action,
                "resource": one.resource,
                "context": dict(one.context),
                "cedar_context": context_of(one.action, one.resource, {k: str(v) for k, v in one.context.items()}),
            }
            for one in questions
        ],
    }
    questions_file = folder / "questions.json"
    questions_file.write_text(json.dumps(given), encoding="utf-8")
    found = json.loads(_done(peer.run(folder, questions_file)))
    ours = [allowed[place] for place in places]
    different = sum(1 for theirs, mine in zip(found["answers"], ours, strict=False) if theirs is not mine)
    return Measured(peer, found["microseconds"], len(found["answers"]), different)


def _documents(subject: Subject) -> dict[str, object]:
    boundary = subject.documents.get(PolicyType.BOUNDARY)
    return {
        "identity": subject.documents[PolicyType.IDENTITY][0],
        "boundary": None if boundary is None else boundary[0],
        "scps": subject.documents.get(PolicyType.SCP, ()),
    }


def _cedar(subject: Subject) -> str:
    def statements(named: Sequence[tuple[str, Document]]) -> list[dict[str, object]]:
        listed = [document["Statement"] for _, document in named]
        return [one for found in listed for one in (found if isinstance(found, list) else [found])]

    ceilings = [
        statements(level) for kind in (PolicyType.BOUNDARY, PolicyType.SCP) for level in subject.documents.get(kind, ())
    ]
    try:
        return policy_set(statements(subject.documents[PolicyType.IDENTITY][0]), ceilings)
    except CannotTranslate as error:
        raise Skipped(f"`{error}` has no translation here") from error


def _done(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Skipped(str(error)) from error
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()
        raise Skipped(last[-1] if last else f"{command[0]} ended with {done.returncode}")
    return done.stdout
