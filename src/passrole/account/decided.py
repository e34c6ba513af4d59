"""One question to the engine with its answer, and the policies that it was answered from."""

from __future__ import annotations

from dataclasses import dataclass

from passrole.engine.decision import Decision
from passrole.engine.request import Request
from passrole.engine.stack import PolicyStack


@dataclass(frozen=True, slots=True)
class Decided:
    request: Request
    decision: Decision
    stack: PolicyStack
