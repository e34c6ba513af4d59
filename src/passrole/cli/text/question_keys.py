"""The condition keys on which an answer rests, in words, and how to say on the command line what they are."""

from __future__ import annotations

import re

from passrole.cli.text.tables import prose
from passrole.engine.dependencies import Dependency

_PLAIN = re.compile(r"[A-Za-z0-9@%+=:,.-]{1,100}")


def dependency_lines(dependencies: tuple[Dependency, ...]) -> list[str]:
    """Each key with what would allow; then how to ask again with them."""
    lines = [line for each in dependencies for line in prose(f"depends on {dependency_text(each)}", 2, 2)]
    if dependencies:
        told = " ".join(map(_setting, dependencies))
        keys = "each of them" if len(dependencies) > 1 else "it"
        lines += prose(f"say what {keys} is: {told}", 2, 2)
        lines += prose(f"or, where the request has none: --without {dependencies[0].key}", 2, 2)
    return lines


def dependency_text(dependency: Dependency) -> str:
    """`aws:SourceIp: allowed with 203.0.113.0/24`."""
    words = list(dependency.would_allow)
    words += ["any other value"] if dependency.others_allow else []
    words += ["no such key"] if dependency.absent_allows else []
    allowed = f"allowed with {' or '.join(words)}" if words else "no value of it alone allows"
    return f"{dependency.key}: {allowed}"


def _setting(dependency: Dependency) -> str:
    """With a value that allows, where the policies name just one that can be typed as it stands."""
    values = dependency.would_allow
    return f"--context {dependency.key}={values[0] if len(values) == 1 and is_plain(values[0]) else 'VALUE'}"


def is_plain(value: str) -> bool:
    """Whether a value of a policy can be typed in a shell as it stands, and is no pattern, range or variable."""
    return _PLAIN.fullmatch(value) is not None
