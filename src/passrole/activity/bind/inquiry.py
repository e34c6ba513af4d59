"""One call while it is being bound: its parameters read, ARNs made of them, and questions completed with what is known.

Every condition key that AWS documents for a question ends in its context or among its unknown keys, unless the row
that asks says that the call does not have it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeAlias, assert_never

from passrole.activity.bind.documented_keys import documented_keys
from passrole.activity.bind.key_sources import NO_SOURCES, KeySources, Told
from passrole.activity.bind.model import NO_KEYS, ApiCall, Asked, CannotBindError, Why
from passrole.activity.bind.operations import Kind, Operation, carries_tags
from passrole.activity.bind.state import Answer, Known, NoSuchThing, NotKnown, ResourceState
from passrole.activity.bind.tags import request_tag_keys, specified_tags, tags_in, untagged
from passrole.engine.request import ContextValue
from passrole.policy.arn import account_in

_NOT_READ = "passrole does not derive this key from the call"

Optional: TypeAlias = ContextValue | None


class Inquiry:
    """The call, its operation's model and the stored state."""

    __slots__ = ("call", "operation", "sources", "state")

    def __init__(
        self, call: ApiCall, operation: Operation, state: ResourceState, sources: KeySources = NO_SOURCES
    ) -> None:
        self.call = call
        self.operation = operation
        self.state = state
        self.sources = sources

    def text(self, member: str) -> str | None:
        """The value of a text parameter; None when it is not given or empty."""
        value = self.call.parameters.get(member)
        return str(value) if value not in (None, "") else None

    def need(self, member: str) -> str:
        """The same for a parameter without which nothing can be asked. Raises CannotBindError."""
        value = self.text(member)
        if value is None:
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"the call has no `{member}`, which names what it is about")
        return value

    def texts(self, member: str) -> tuple[str, ...]:
        value = self.call.parameters.get(member)
        return tuple(str(each) for each in value) if isinstance(value, (list, tuple)) else ()

    def mapping(self, member: str) -> Mapping[str, object]:
        value = self.call.parameters.get(member)
        return value if isinstance(value, Mapping) else {}

    def arn(self, service: str, resource: str, *, region: bool = True, account: str | None = None) -> str:
        """An ARN in the caller's partition, region (or none) and account, unless another is told ("" for none)."""
        call = self.call
        owner = call.account if account is None else account
        return f"arn:{call.partition}:{service}:{call.region if region else ''}:{owner}:{resource}"

    def request_tags(self, resource_type: str | None = None) -> dict[str, ContextValue] | None:
        """From the parameters that the model shows to be tags; None when they would be deeper than it is read, and no
        tags where the operation has no member for any.

        EC2's TagSpecifications are those for one type of resource.
        """
        members = self.operation.members
        for member, kind in members.items():
            if kind is Kind.TAGS:
                return request_tag_keys(tags_in(self.call.parameters.get(member)))
            if kind is Kind.TAG_SPECIFICATIONS:
                value = self.call.parameters.get(member)
                if value and resource_type is None:
                    return None
                return request_tag_keys(specified_tags(value, resource_type or ""))
        for name in ("TagKeys", "tagKeys"):
            if members.get(name) is Kind.TEXTS:
                return untagged(self.texts(name))
        return None if carries_tags(self.call.service, self.call.operation) else {}

    def ask(
        self,
        action: str,
        resource: str,
        resource_type: str | None = None,
        context: Mapping[str, Optional] = NO_KEYS,
        *,
        absent: Collection[str] = (),
        tagged: str | None = None,
        new: bool = False,
        requested: Mapping[str, ContextValue] | None = None,
        called_via: tuple[str, ...] = (),
        own_account: bool = False,
    ) -> Asked:
        """The question, completed.

        A value None in `context` says that the call has the key not, as `absent` does. `tagged` is the ARN whose tags
        count where it is not `resource`; `new` says that the resource is made by this call and has none yet;
        `requested` replaces the request's tags; `own_account` says that a resource whose ARN names no account is the
        caller's.
        """
        keys: dict[str, ContextValue] = {"aws:RequestedRegion": self.call.region}
        unknown: dict[str, str] = {}
        documented = documented_keys(action, resource_type)
        if documented.request_tags:
            tags = requested if requested is not None else self.request_tags(resource_type)
            _add_request_tags(tags, keys, unknown)
        if documented.resource_tags and resource != "*":
            self._add_resource_tags(documented.resource_tags, tagged or resource, new, keys, unknown)
        keys.update((key, value) for key, value in context.items() if value is not None)
        settled = {key.lower() for key in (*keys, *context, *absent)}
        for key in documented.of_action:
            if not _is_settled(key.lower(), settled) and not self._tells(action, resource, key, new, keys):
                unknown[key] = _NOT_READ
        for key in documented.of_resource:
            if not _is_settled(key.lower(), settled) and not self._tells(action, resource, key, new, keys):
                self._add_attribute(resource, key, new, keys, unknown)
        account = account_in(resource) or (self.call.account if own_account else self._owner(resource))
        return Asked(action, resource, keys, unknown, account, called_via)

    def elsewhere(self, asked: Asked, region: str) -> Asked:
        """The question as it is asked in another Region."""
        context = {**asked.context, "aws:RequestedRegion": region}
        return Asked(asked.action, asked.resource, context, asked.unknown, asked.resource_account, asked.called_via)

    def unknown(self, asked: Asked, key: str, why: str) -> Asked:
        """The question with one more key whose value is not known."""
        return Asked(
            asked.action,
            asked.resource,
            asked.context,
            {**asked.unknown, key: why},
            asked.resource_account,
            asked.called_via,
        )

    def _tells(self, action: str, resource: str, key: str, new: bool, keys: dict[str, ContextValue]) -> bool:
        """Whether the service's own source settles the key."""
        source = self.sources.get(key.lower())
        found = source(self, action, resource, new) if source is not None else Told.NOT_HERE
        if found is Told.NOT_HERE:
            return False
        if not isinstance(found, Told):
            keys[key] = found
        return True

    def _add_resource_tags(
        self,
        prefixes: tuple[str, ...],
        resource: str,
        new: bool,
        keys: dict[str, ContextValue],
        unknown: dict[str, str],
    ) -> None:
        if new:
            if any(key.startswith("aws:RequestTag/") for key in keys) or "aws:RequestTag/*" in unknown:
                why = "whether the tags that a new resource is to have count as its tags is not documented"
                unknown.update((f"{prefix}/*", why) for prefix in prefixes)
            return
        tags = self.state.tags(resource)
        if isinstance(tags, Known):
            for prefix in prefixes:
                keys.update((f"{prefix}/{key}", value) for key, value in tags.value.items())
        elif isinstance(tags, NotKnown):
            unknown.update((f"{prefix}/*", tags.reason) for prefix in prefixes)
        else:
            assert isinstance(tags, NoSuchThing)

    def _add_attribute(
        self, resource: str, key: str, new: bool, keys: dict[str, ContextValue], unknown: dict[str, str]
    ) -> None:
        """A key about the resource itself, which stored state may tell."""
        if new or key.endswith("*") or resource == "*":
            unknown[key] = _NOT_READ
            return
        answer = self.state.attribute(resource, key)
        if isinstance(answer, Known):
            keys[key] = answer.value
        elif isinstance(answer, NotKnown):
            unknown[key] = answer.reason

    def _owner(self, resource: str) -> str | None:
        if resource == "*":
            return None
        # An object is its bucket's owner's.
        bucket = resource.partition("/")[0] if ":s3:::" in resource else resource
        owner = self.state.owner(bucket)
        return owner.value if isinstance(owner, Known) else None

    def behind(self, resource: str, what: str) -> str | None:
        """The ARN that a name stands for; None when there is no such thing. Raises CannotBindError when not known."""
        answer: Answer[str] = self.state.stands_for(resource)
        if isinstance(answer, Known):
            return answer.value
        if isinstance(answer, NoSuchThing):
            return None
        if isinstance(answer, NotKnown):
            raise CannotBindError(Why.NOT_KNOWN, f"{what} of `{resource}` is not known: {answer.reason}")
        assert_never(answer)


def _add_request_tags(
    tags: Mapping[str, ContextValue] | None, keys: dict[str, ContextValue], unknown: dict[str, str]
) -> None:
    if tags is None:
        why = "the model of the operation does not show where its tags are"
        unknown["aws:RequestTag/*"] = unknown["aws:TagKeys"] = why
    else:
        keys.update(tags)


_ATTESTED = "kms:recipientattestation"
"""Some sixty keys that only a request from an enclave has."""


def _is_settled(key: str, settled: Collection[str]) -> bool:
    if key in settled:
        return True
    if key.endswith("*"):
        return False
    start, slash, _ = key.partition("/")
    return (bool(slash) and f"{start}/*" in settled) or (key.startswith(_ATTESTED) and _ATTESTED in settled)
