"""`passrole serve --init FOLDER`: scripts are run and set-ups applied, in name order, once the server answers."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from passrole.cli.init_scripts import InitError, run_script
from passrole.cli.say import talk
from passrole.errors import UsageError

if TYPE_CHECKING:
    from passrole.server.http import ServedAccount

_SCRIPT, _SET_UPS = ".sh", ".toml"


@dataclass(frozen=True, slots=True)
class InitFolder:
    """Its scripts and files of set-ups. `recipe_folders` are where further recipes are looked for."""

    path: Path
    files: tuple[Path, ...]
    left: tuple[Path, ...]
    """Programs with another ending, which may have been meant: they are told of."""
    recipe_folders: tuple[Path, ...] = ()

    def apply(self, served: ServedAccount, stop: threading.Event) -> None:
        """Everything in name order, to the first that fails. Raises InitError, and what `passrole apply` raises."""
        for other in self.left:
            talk(f"note: {other} is neither *{_SCRIPT} nor *{_SET_UPS}, and is left alone")
        variables = _variables(served)
        for file in self.files:
            if stop.is_set():
                return
            talk(f"init: {file.name}")
            if file.suffix == _SCRIPT:
                run_script(file, variables, stop)
            else:
                self._apply_set_ups(file, served)
        if not stop.is_set():
            number = len(self.files)
            talk(f"init: done, {number} file{'' if number == 1 else 's'} of {self.path}")

    def _apply_set_ups(self, file: Path, served: ServedAccount) -> None:
        from passrole.cli.job import make_apply_plan, run_plan
        from passrole.cli.options import SetUpChoice, TargetChoice
        from passrole.cli.rendering import render_all
        from passrole.cli.set_ups import choose, remembered_set_ups
        from passrole.cli.target import open_account
        from passrole.cli.text.plan import blocked_text

        set_up = SetUpChoice(None, (), file, None, None, self.recipe_folders)
        store = served.store
        target = TargetChoice(store.path, False, None, served.environment().region, None, store.account_id)
        with open_account(target) as account:
            desired = render_all(choose(set_up, remembered_set_ups(account)), set_up.recipe_folders, account)
            plan = make_apply_plan(account, desired)
            result = run_plan(account, plan, quiet=True) if plan.has_work else None
        if plan.blocked or (result is not None and not result.complete):
            raise InitError(
                f"`{file}` could not be applied whole",
                causes=tuple(blocked_text(plan).splitlines()) if plan.blocked else (),
                help=f"see what stands in the way: passrole plan --file {file} --account-file {store.path}",
            )
        talk(f"  {_labels([each.label for each in desired])}: {_changed(len(plan.calls))}")


def init_folder(path: Path, recipe_folders: Sequence[Path] = ()) -> InitFolder:
    """Raises UsageError for a folder that cannot be read, and for one without anything to do."""
    path = path.absolute()
    try:
        found = sorted(each for each in path.iterdir() if not each.name.startswith("."))
    except OSError as error:
        raise UsageError(
            f"the folder `{path}` cannot be read",
            causes=((error.strerror or str(error)).lower(),),
            help="--init FOLDER",
        ) from error
    files = tuple(each for each in found if each.suffix in (_SCRIPT, _SET_UPS) and each.is_file())
    if not files:
        raise UsageError(
            f"the folder `{path}` has no file *{_SCRIPT} or *{_SET_UPS}",
            help="put scripts and passrole.toml there, or leave --init out",
        )
    left = tuple(each for each in found if each not in files and each.is_file() and os.access(each, os.X_OK))
    return InitFolder(path, files, left, tuple(recipe_folders))


def _variables(served: ServedAccount) -> Mapping[str, str]:
    """Of the administrator, and for commands of passrole the account's file."""
    return {**served.environment().variables(), "PASSROLE_ACCOUNT_FILE": str(served.store.path)}


def _labels(labels: Sequence[str]) -> str:
    return ", ".join(labels)


def _changed(calls: int) -> str:
    if not calls:
        return "as it should be"
    return f"{calls} call{'' if calls == 1 else 's'}"
