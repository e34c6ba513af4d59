"""Launch templates: what a launch is after the template's data is put under what the call itself says.

A parameter of the call replaces the template's; block devices are put together by their names, and tags are of both.
Sources: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/permissions-for-launch-templates.html>,
<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html>.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import CannotBindError, Why
from passrole.activity.bind.services.ec2_ids import ec2_arn
from passrole.activity.bind.state import Known, NotKnown

_NOT_OF_THE_LAUNCH: Final = frozenset({"LaunchTemplate", "MinCount", "MaxCount", "ClientToken", "DryRun"})


@dataclass(frozen=True, slots=True)
class Launch:
    """`parameters` are of call and template together; `template` is its ARN, None without one."""

    parameters: Mapping[str, object]
    template: str | None
    of_call: frozenset[str]
    of_template: frozenset[str]

    def is_of_template(self, *members: str) -> bool | None:
        """Whether what these parameters say comes from the template; None where neither call nor template says it."""
        if self.template is None or any(member in self.of_call for member in members):
            return False
        return True if any(member in self.of_template for member in members) else None

    @property
    def adds_nothing(self) -> bool:
        """The call says nothing but the template."""
        return self.template is not None and not self.of_call


def launch_of(inquiry: Inquiry) -> Launch:
    """Of RunInstances. Raises CannotBindError where the template is not known."""
    parameters = inquiry.call.parameters
    of_call = frozenset(name for name, value in parameters.items() if value not in (None, "", [], {}))
    named = inquiry.mapping("LaunchTemplate")
    if not named:
        return Launch(parameters, None, of_call - _NOT_OF_THE_LAUNCH, frozenset())
    template = template_arn(inquiry, named)
    data = template_data(inquiry, template, str(named.get("Version") or "$Default"))
    merged = {**data, **{name: parameters[name] for name in of_call}}
    if isinstance(data.get("BlockDeviceMappings"), (list, tuple)):
        merged["BlockDeviceMappings"] = _devices(data, parameters)
    merged["TagSpecifications"] = [*_listed(data, "TagSpecifications"), *_listed(parameters, "TagSpecifications")]
    return Launch(merged, template, of_call - _NOT_OF_THE_LAUNCH, frozenset(data))


def template_arn(inquiry: Inquiry, named: Mapping[str, object]) -> str:
    """By `LaunchTemplateId`, or by `LaunchTemplateName`, whose id the stored state tells. Raises CannotBindError."""
    if named.get("LaunchTemplateId"):
        return ec2_arn(inquiry, "launch-template", str(named["LaunchTemplateId"]))
    name = named.get("LaunchTemplateName")
    if not name:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, "the launch template has neither an id nor a name")
    arn = inquiry.behind(ec2_arn(inquiry, "launch-template", str(name)), "the id")
    if arn is None:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"there is no launch template `{name}`")
    return arn


def template_data(inquiry: Inquiry, template: str, version: str) -> Mapping[str, object]:
    """Raises CannotBindError where the version is not there or not known."""
    answer = inquiry.state.content(template, version)
    if isinstance(answer, Known):
        return {name: value for name, value in answer.value.items() if value not in (None, "", [], {})}
    if isinstance(answer, NotKnown):
        reason = f"what version `{version}` of `{template}` says is not known: {answer.reason}"
        raise CannotBindError(Why.NOT_KNOWN, reason)
    raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{template}` has no version `{version}`")


def _devices(data: Mapping[str, object], parameters: Mapping[str, object]) -> list[object]:
    """Devices of the call before those of the template of the same name."""
    own = _listed(parameters, "BlockDeviceMappings")
    names = {each.get("DeviceName") for each in own if isinstance(each, Mapping)}
    rest = [each for each in _listed(data, "BlockDeviceMappings") if isinstance(each, Mapping)]
    return [*own, *(each for each in rest if each.get("DeviceName") not in names)]


def _listed(parameters: Mapping[str, object], member: str) -> list[object]:
    value = parameters.get(member)
    return list(value) if isinstance(value, (list, tuple)) else []
