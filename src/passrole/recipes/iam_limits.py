"""Names, paths and settings of what a set-up makes, as IAM takes them: refused before the first call is made.

Sources: IAM API Reference, CreateRole, CreateUser, CreatePolicy, CreateInstanceProfile, PutRolePolicy
<https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>; IAM User Guide, "IAM and AWS STS quotas"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from passrole.recipes.desired import DesiredGroup, DesiredRole, DesiredState, DesiredUser
from passrole.recipes.problems import RecipeError

_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
_PATH = re.compile(r"/|/[!-\x7f]+/")
_DESCRIPTION = re.compile(r"[\t\n\r -~\xa1-\xff]*")
LONGEST_NAME = {"user": 64, "role": 64, "group": 128, "policy": 128, "instance profile": 128, "inline policy": 128}
LONGEST_PATH = 512
LONGEST_DESCRIPTION = 1000
SESSION_SECONDS = range(3600, 43201)


def refuse_what_iam_refuses(state: DesiredState) -> None:
    """Raises RecipeError with every name, path and setting that IAM would not take."""
    problems = tuple(dict.fromkeys(_problems(state)))
    if problems:
        raise RecipeError(
            f"recipe `{state.recipe}` would make what IAM does not take",
            causes=problems,
            help="an IAM name has letters, digits and +=,.@_- only; correct the recipe, or the parameter behind it",
        )


def _problems(state: DesiredState) -> Iterator[str]:
    for user in state.users:
        yield from _bearer_problems("user", user)
        yield from _path_problems("user", user.name, user.path)
    for group in state.groups:
        yield from _bearer_problems("group", group)
    for role in state.roles:
        yield from _bearer_problems("role", role)
        yield from _path_problems("role", role.name, role.path)
        yield from _description_problems("role", role.name, role.description)
        if role.description is not None and not _DESCRIPTION.fullmatch(role.description):
            yield f"the description of role `{role.name}` has characters that IAM does not take: `{role.description}`"
        if role.max_session_seconds is not None and role.max_session_seconds not in SESSION_SECONDS:
            yield (
                f"sessions of role `{role.name}` would last {role.max_session_seconds} seconds, "
                f"and IAM takes {SESSION_SECONDS[0]} to {SESSION_SECONDS[-1]}"
            )
    for policy in state.managed_policies:
        yield from _name_problems("policy", policy.name)
        yield from _path_problems("policy", policy.name, policy.path)
        yield from _description_problems("policy", policy.name, policy.description)
    for profile in state.instance_profiles:
        yield from _name_problems("instance profile", profile.name)
        yield from _name_problems("role", profile.role_name)
        yield from _path_problems("instance profile", profile.name, profile.path)


def _bearer_problems(kind: str, bearer: DesiredUser | DesiredGroup | DesiredRole) -> Iterator[str]:
    yield from _name_problems(kind, bearer.name)
    for name in bearer.inline_policies:
        yield from _name_problems("inline policy", name)


def _name_problems(kind: str, name: str) -> Iterator[str]:
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME[kind]:
        article = "an" if kind[0] in "aeiou" else "a"
        yield f"`{name}` cannot be the name of {article} {kind}" if name else f"the name of {article} {kind} is empty"


def _path_problems(kind: str, name: str, path: str) -> Iterator[str]:
    if not _PATH.fullmatch(path) or len(path) > LONGEST_PATH:
        yield f"`{path}` cannot be the path of {kind} `{name}`: it begins and ends with a slash"


def _description_problems(kind: str, name: str, description: str | None) -> Iterator[str]:
    if description is not None and len(description) > LONGEST_DESCRIPTION:
        yield f"the description of {kind} `{name}` has more than {LONGEST_DESCRIPTION} characters"
