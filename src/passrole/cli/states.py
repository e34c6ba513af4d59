"""How the set-ups that the journal knows stand in the account: as wanted, drifted, or not to be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from passrole.cli.job import make_apply_plan
from passrole.cli.rendering import render_all
from passrole.cli.set_ups import ChosenSetUp, remembered_set_ups
from passrole.cli.target import OpenAccount
from passrole.errors import PassroleError, UsageError
from passrole.provision.errors import RetiredServiceError


class State(Enum):
    """From the best to the worst; the values are the words that are printed."""

    NOT_SET_UP = "not set up"
    SET_UP = "set up"
    PARTLY_READ = "set up, as far as can be read"
    UNKNOWN = "unknown"
    DRIFTED = "drifted"
    UNFINISHED = "unfinished"
    """An apply or a destroy was stopped."""
    BLOCKED = "blocked"
    """Something stands in the way of what is wanted."""


@dataclass(frozen=True, slots=True)
class SetUpState:
    """One set-up. `calls` is how many calls `apply` would make; None where that could not be planned."""

    label: str
    recipe: str
    variant: str
    state: State
    calls: int | None = None
    reason: str | None = None

    def value(self) -> dict[str, object]:
        return {
            "label": self.label,
            "recipe": self.recipe,
            "variant": self.variant,
            "state": self.state.value,
            "calls": self.calls,
            "reason": self.reason,
        }


def set_up_states(account: OpenAccount, folders: tuple[Path, ...]) -> tuple[SetUpState, ...]:
    """Every set-up of the journal, planned anew. Raises PassroleError for what the account answers."""
    return tuple(_state_of(account, each, folders) for each in remembered_set_ups(account).values())


def worst(states: Iterable[SetUpState]) -> State:
    """What to say of a recipe with several set-ups; NOT_SET_UP of one with none."""
    order = list(State)
    return max((each.state for each in states), key=order.index, default=State.NOT_SET_UP)


def _state_of(account: OpenAccount, chosen: ChosenSetUp, folders: tuple[Path, ...]) -> SetUpState:
    def found(state: State, calls: int | None = None, reason: str | None = None) -> SetUpState:
        return SetUpState(chosen.label, chosen.recipe, chosen.variant, state, calls, reason)

    journaled = account.journal.set_ups[chosen.label].state
    try:
        plan = make_apply_plan(account, render_all((chosen,), folders, account))
    except (UsageError, RetiredServiceError) as error:
        return found(State.UNKNOWN, reason=_one_line(error))
    calls = len(plan.calls)
    if plan.blocked:
        return found(State.BLOCKED, calls, f"{plan.blocked[0].address}: {plan.blocked[0].reason}")
    if journaled == "destroying":
        return found(State.UNFINISHED, calls, f"its removal was stopped: passrole destroy {chosen.label}")
    if journaled == "applying" and calls:
        return found(State.UNFINISHED, calls, f"it was stopped: passrole apply {chosen.label}")
    if plan.unread:
        return found(State.PARTLY_READ, calls, f"{plan.unread[0].what.action} is denied")
    if calls:
        return found(State.DRIFTED, calls, f"{calls} {'call' if calls == 1 else 'calls'} to mend")
    return found(State.SET_UP, calls)


def _one_line(error: PassroleError) -> str:
    return "; ".join((error.message, *(each.message for each in error.diagnostics)))
