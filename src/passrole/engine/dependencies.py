"""On which context keys an undecided answer rests, and with which values of theirs the request would be allowed.

The keys are those that the engine asked for and did not find out. Values to try are taken from the policies: for each
condition on such a key a value that satisfies it and, as a value may just as well be another or the key be absent, one
that nothing names and none. Every combination is put to the engine, so what is told here is never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from passrole.engine.candidates import OTHER, candidates_of
from passrole.engine.compiled import compiled
from passrole.engine.conditions import PreparedCondition
from passrole.engine.context import Assuming
from passrole.engine.decision import Outcome, StatementRef
from passrole.engine.evaluate import decide
from passrole.engine.global_keys import SPELLING
from passrole.engine.request import ContextValue, Request
from passrole.engine.stack import Known, Layer, PolicyStack
from passrole.engine.statements import Asked

MOST_COMBINATIONS = 4096
"""Beyond so many, the values that would allow are not looked for."""
