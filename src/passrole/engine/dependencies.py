"""On which context keys an undecided answer rests, and with which values of theirs the request would be allowed.

The keys are those that the engine asked for and did not find. The values to try are read off the policies
(`candidates`); every combination is put to the engine, so nothing that is told here is a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from passrole.engine.candidates import ABSENT, ANY_OTHER, Candidate, candidates_of
from passrole.engine.compiled import compiled
from passrole.engine.conditions import PreparedCondition
from passrole.engine.context import Assuming
from passrole.engine.decision import Outcome
from passrole.engine.evaluate import decide
from passrole.engine.global_keys import SPELLING
from passrole.engine.request import ContextValue, Request
from passrole.engine.stack import Known, Layer, PolicyStack
from passrole.engine.statements import Asked, action_truth
from passrole.engine.variables import Template, Variable

MOST_COMBINATIONS = 1024
"""So many are tried at most: of many keys, each with many values, only the first values."""
_MOST_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Dependency:
    """A context key on which an answer rests.

    `would_allow` are the values with which the request is allowed, at least together with some values of the other
    keys: as the policies write them, patterns and ranges included. Empty when none was found.
    """

    key: str
    would_allow: tuple[str, ...] = ()
    others_allow: bool = False
    """Whether a value that no policy names allows it, too."""
    absent_allows: bool = False
    """Whether it is allowed when the request has no such key."""

    def __str__(self) -> str:
        words = [*self.would_allow]
        words += [ANY_OTHER] if self.others_allow else []
        words += [ABSENT] if self.absent_allows else []
        return f"{self.key}: {' or '.join(words)}" if words else self.key


@dataclass(frozen=True, slots=True)
class _Trial:
    """What comes out when the keys, in order, have these values."""

    candidates: tuple[Candidate, ...]
    outcome: Outcome


def depends_on(request: Request, stack: PolicyStack) -> tuple[Dependency, ...]:
    """The context keys on which the answer rests; none when it is decided, or undecided for other reasons."""
    keys, trials = _trials(request, stack)
    return tuple(
        _dependency(_spelling(key, stack, request), place, trials)
        for place, key in enumerate(keys)
        if _matters(place, trials)
    )


def allowing_context(request: Request, stack: PolicyStack) -> Mapping[str, ContextValue | None] | None:
    """Values of the keys on which the answer rests, None for absent, that would allow it; None when none were found."""
    keys, trials = _trials(request, stack)
    for trial in trials:
        if trial.outcome is Outcome.ALLOWED:
            return {
                _spelling(key, stack, request): candidate.value
                for place, (key, candidate) in enumerate(zip(keys, trial.candidates, strict=True))
                if _matters(place, trials)
            }
    return None


def _trials(request: Request, stack: PolicyStack) -> tuple[tuple[str, ...], list[_Trial]]:
    if set("*?") & set(request.action):
        return (), []
    asked = Asked.of(request, has_boundary=stack.boundary is not None)
    if decide(asked, stack).outcome is not Outcome.UNDECIDED:
        return (), []
    keys = dict.fromkeys(sorted(asked.context.doubted))
    conditions = list(_conditions(stack, asked))
    trials: list[_Trial] = []
    for _ in range(_MOST_ROUNDS):
        trials, more = [], set[str]()
        for candidates in _combinations(asked, list(keys), conditions):
            assumed = {key: candidate.value for key, candidate in zip(keys, candidates, strict=True)}
            context = Assuming(request, assumed)
            trials.append(_Trial(candidates, decide(replace(asked, context=context), stack).outcome))
            more |= context.doubted
        if not more:
            break
        keys |= dict.fromkeys(sorted(more))
    return tuple(keys), trials


def _combinations(
    asked: Asked, keys: list[str], conditions: list[PreparedCondition]
) -> Iterator[tuple[Candidate, ...]]:
    choices = [
        _with_variables(asked, key, conditions, candidates_of(key, _on(key, conditions), asked.context)) for key in keys
    ]
    while choices and _count(choices) > MOST_COMBINATIONS:
        longest = max(range(len(choices)), key=lambda place: len(choices[place]))
        if len(choices[longest]) <= 2:
            return
        choices[longest] = (*choices[longest][:-2], choices[longest][-1])
    yield from product(*choices)


def _count(choices: list[tuple[Candidate, ...]]) -> int:
    count = 1
    for choice in choices:
        count *= len(choice)
    return count


def _on(key: str, conditions: list[PreparedCondition]) -> list[PreparedCondition]:
    return [condition for condition in conditions if condition.key == key]


def _with_variables(
    asked: Asked, key: str, conditions: list[PreparedCondition], candidates: tuple[Candidate, ...]
) -> tuple[Candidate, ...]:
    """Where a policy's value has the key as a variable, it may have to be what the condition's own key is."""
    found = {candidate.value: candidate for candidate in candidates}
    for condition in conditions:
        for value in condition.values:
            if isinstance(value.test, Template) and key in _variables(value.test):
                seen = asked.context.get(condition.key)
                if isinstance(seen, str):
                    found.setdefault(seen, Candidate(seen, seen))
    for text in asked.resource.replace(":", "/").split("/"):
        # In a Resource a variable stands for a part of the path, if for anything.
        if text and not _on(key, conditions):
            found.setdefault(text, Candidate(text, text))
    return tuple(found.values())


def _variables(template: Template) -> set[str]:
    return {part.key for part in template.parts if isinstance(part, Variable)}


def _matters(place: int, trials: list[_Trial]) -> bool:
    """Whether two trials that differ in this key alone have different outcomes."""
    seen: dict[tuple[Candidate, ...], Outcome] = {}
    for trial in trials:
        rest = trial.candidates[:place] + trial.candidates[place + 1 :]
        if seen.setdefault(rest, trial.outcome) is not trial.outcome:
            return True
    return False


def _dependency(key: str, place: int, trials: list[_Trial]) -> Dependency:
    allowing = dict.fromkeys(trial.candidates[place].shown for trial in trials if trial.outcome is Outcome.ALLOWED)
    return Dependency(
        key,
        tuple(shown for shown in allowing if shown not in (ABSENT, ANY_OTHER)),
        ANY_OTHER in allowing,
        ABSENT in allowing,
    )


def _spelling(key: str, stack: PolicyStack, request: Request) -> str:
    """AWS's spelling of a global key; of others the asker's, or that of the first policy that names it."""
    if key in SPELLING:
        return SPELLING[key]
    written = (*request.unknown_keys, *(condition.condition.key for condition in _conditions(stack)))
    return next((name for name in written if name.lower() == key), key)


def _conditions(stack: PolicyStack, asked: Asked | None = None) -> Iterator[PreparedCondition]:
    """Those of every statement, or with `asked` of the statements about its action."""
    for layer in _layers(stack):
        for attached in layer.policies if isinstance(layer, Known) else ():
            for statement in compiled(attached.policy).statements:
                if asked is None or action_truth(statement, asked) is not False:
                    yield from statement.conditions


def _layers(stack: PolicyStack) -> Iterable[Layer]:
    single = (stack.identity, stack.resource, stack.boundary, stack.session, stack.endpoint)
    return (*stack.rcps, *stack.scps, *(layer for layer in single if layer is not None))
