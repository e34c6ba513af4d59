"""iam:PassRole: asked whenever a call hands a role, or an instance profile with its role, to a service.

Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>; iam:PassedToService and
iam:AssociatedResourceArn <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.operations import plain
from passrole.catalog.service_principals import service_principal
from passrole.engine.request import ContextValue

_ROLE = re.compile(r"arn:[^:]*:iam::[0-9]{12}:role/.+")
_PROFILE = re.compile(r"arn:[^:]*:iam::[0-9]{12}:instance-profile/.+")
_SLR_PATH = ":role/aws-service-role/"


def pass_role(inquiry: Inquiry, role: str, service: str | None, associated: str | None = None) -> Asked:
    """The question about one role's ARN; raises CannotBindError for what is none.

    `service` is the principal that gets the role, as `dms` or `dms.amazonaws.com`, None where it is not known;
    `associated` the ARN of the resource that will have the role, None where it is not known. AWS documents
    iam:AssociatedResourceArn for few services, so that it is left out for none: a policy that asks for it is answered
    undecided unless the value is known.
    """
    if not _ROLE.fullmatch(role):
        raise CannotBindError(
            Why.RESOURCE_NOT_NAMED, f"`{role}` is not the ARN of a role, and which role it is not known"
        )
    context: dict[str, ContextValue] = {}
    if service is not None:
        context["iam:PassedToService"] = service_principal(service, inquiry.call.partition).name
    if associated is not None:
        context["iam:AssociatedResourceArn"] = associated
    asked = inquiry.ask("iam:PassRole", role, "role", context)
    if service is None:
        asked = inquiry.unknown(asked, "iam:PassedToService", "to which service the role goes is not known")
    if associated is None:
        asked = inquiry.unknown(
            asked, "iam:AssociatedResourceArn", "for which resource the role is passed is not known"
        )
    return asked


def role_of_profile(inquiry: Inquiry, profile: Mapping[str, object]) -> str | None:
    """The role in an instance profile given as `{"Arn": …}` or `{"Name": …}`; None when there is no such profile.

    Raises CannotBindError when the account cannot tell.
    """
    arn = profile.get("Arn")
    name = profile.get("Name")
    if not isinstance(arn, str):
        if not isinstance(name, str):
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, "the instance profile has neither an ARN nor a name")
        arn = inquiry.arn("iam", f"instance-profile/{name}", region=False)
    return inquiry.behind(arn, "the role")


def role_arn(inquiry: Inquiry, value: str) -> str:
    """The ARN of a role given by ARN or by name; the account tells the path of a name.

    A name that the account does not know is taken to be of a role at the path `/`, which IAM would be asked about.
    """
    if value.startswith("arn:"):
        return value
    bare = inquiry.arn("iam", f"role/{value.lstrip('/')}", region=False)
    return inquiry.behind(bare, "the path") or bare


def roles_in(value: object, member: str = "") -> Iterator[tuple[str, str]]:
    """Every (member, ARN) in parameters where a member named for a role or profile holds the ARN of one."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from roles_in(each, str(name))
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from roles_in(each, member)
    elif isinstance(value, str) and (_ROLE.fullmatch(value) or _PROFILE.fullmatch(value)):
        yield member, value


def passed(
    inquiry: Inquiry, services: Mapping[str, str], *, others: bool, associated: str | None = None
) -> Iterator[Asked]:
    """iam:PassRole for each ARN of a role or instance profile among the parameters.

    `services` tells by the parameter's name to which principal its role goes, empty where AWS's pages do not agree;
    `{region}` in it is the call's. With `others`, roles in other parameters are taken to be passed too, to a service
    that is not known, as a service can hand a role on to another. Service-linked roles are passed by nobody.
    `associated` is the resource that gets the roles.
    """
    seen: set[str] = set()
    if others:
        _refuse_names(inquiry)
    for member, arn in roles_in(inquiry.call.parameters):
        service = services.get(member)
        if service is None and not others:
            continue
        role: str | None = arn
        if _PROFILE.fullmatch(arn):
            role = inquiry.behind(arn, "the role")
        if role is not None and role not in seen and _SLR_PATH not in role:
            seen.add(role)
            principal = service.replace("{region}", inquiry.call.region) if service else None
            yield pass_role(inquiry, role, principal, associated)


_NAMES_OF_ROLES = frozenset(
    {
        "autoscalingrole",
        "customiaminstanceprofile",
        "defaultlambdarole",
        "domainiamrolename",
        "executionrole",
        "executionrolename",
        "iaminstanceprofile",
        "iamrole",
        "iamrolename",
        "instanceprofile",
        "instanceprofilename",
        "instancerole",
        "jobflowrole",
        "lambdarole",
        "servicerole",
        "servicerolename",
        "spotiamfleetrole",
    }
)
_ONLY_OUTSIDE = frozenset({"role", "rolename"})
"""Further in, these may be roles of other kinds (of a speaker, of a database)."""
_UPDATES = frozenset({"jobupdate"})
"""Structures that hold what the call that makes the thing has outside."""


def _refuse_names(inquiry: Inquiry) -> None:
    """A role given by its name, where no row says what it means."""
    for member in _given_by_name(inquiry.call.parameters, outside=True):
        reason = f"`{member}` names a role and not its ARN, and passrole has no row that says to which service it goes"
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, reason)


def _given_by_name(value: object, *, outside: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            known = plain(str(name))
            is_of_role = known in _NAMES_OF_ROLES or (outside and known in _ONLY_OUTSIDE)
            if is_of_role and isinstance(each, str) and each and not each.startswith("arn:"):
                yield str(name)
            yield from _given_by_name(each, outside=known in _UPDATES)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _given_by_name(each, outside=False)
