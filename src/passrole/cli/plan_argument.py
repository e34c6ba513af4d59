"""What NAME of `passrole apply` means: a recipe, a set-up, or the file of a saved plan."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

from passrole.cli.say import talk
from passrole.errors import UsageError


def plan_file_of(name: str, known: Callable[[], Collection[str]]) -> Path | None:
    """The plan file that `name` names, or None when it names a recipe or a set-up, which `known` lists.

    A known name wins over a file that happens to be called so, and that is said; `./NAME` always means the file.
    Raises UsageError when the name looks like a file's and there is none, or is a folder's.
    """
    path = Path(name)
    is_path = os.sep in name or (os.altsep is not None and os.altsep in name)
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except OSError:  # a name that no file can have
        is_folder = exists = False
    if exists and not is_path and name in known():
        what = "folder" if is_folder else "file"
        talk(f"note: `{name}` is taken for the recipe or set-up; the {what} of that name is ./{name}")
        return None
    if is_folder:
        raise UsageError(
            f"`{name}` is a folder, and no recipe has that name",
            help="name a saved plan or a recipe; a folder of your own recipes: --recipes FOLDER",
        )
    if exists:
        return path
    if is_path or (path.suffix in (".plan", ".json") and name not in known()):
        raise UsageError(f"there is no plan file `{name}`", help=f"make one: passrole plan … --out {name}")
    return None
