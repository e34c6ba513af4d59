"""Tag, Untag and ListTags for users, roles, managed policies and instance profiles: twelve operations."""

from __future__ import annotations

from collections.abc import Callable

from passrole.account import entities
from passrole.account.asks import on, on_policy, request_tags, untagged_keys
from passrole.account.context import CallContext
from passrole.account.entities import NAME_PARAMETER, Entity, Kind
from passrole.account.managed import get_policy
from passrole.account.operation import Asker, operation
from passrole.account.pages import page, page_request, rest_of
from passrole.account.params import Params, Result
from passrole.account.service_error import access_denied
from passrole.account.tag_store import checked_tags, put_tags, remove_tags, tag_list, tags_of

Finder = Callable[[CallContext, Params], Entity]


def _define(kind: Kind, word: str, find: Finder, *, tag: Asker, untag: Asker, read: Asker) -> None:
    @operation("iam", f"Tag{word}", writes=True, asks=tag)
    def tag_entity(ctx: CallContext, params: Params) -> Result:
        wanted = checked_tags(params, kind)
        put_tags(ctx.connection, find(ctx, params), wanted)
        return {}

    @operation("iam", f"Untag{word}", writes=True, asks=untag)
    def untag_entity(ctx: CallContext, params: Params) -> Result:
        remove_tags(ctx.connection, find(ctx, params), params.texts("TagKeys"))
        return {}

    @operation("iam", f"List{word}Tags", writes=False, asks=read)
    def list_tags(ctx: CallContext, params: Params) -> Result:
        listed = tag_list(tags_of(ctx.connection, find(ctx, params).id))
        request = page_request(params)
        return page(request, "Tags", rest_of(request, listed, sort_key=_tag_key), sort_key=_tag_key)


def _by_name(kind: Kind) -> Finder:
    return lambda ctx, params: entities.get(ctx, kind, params.text(NAME_PARAMETER[kind]))


def _own_policy(ctx: CallContext, params: Params) -> Entity:
    policy = get_policy(ctx, params.text("PolicyArn"))
    if policy.entity is None:
        raise access_denied("Cannot update policies outside your own account.")
    return policy.entity


def _tag_key(tag: dict[str, str]) -> str:
    return tag["Key"]


for _kind, _word in ((Kind.USER, "User"), (Kind.ROLE, "Role"), (Kind.INSTANCE_PROFILE, "InstanceProfile")):
    _define(
        _kind,
        _word,
        _by_name(_kind),
        tag=on(_kind, request_tags),
        untag=on(_kind, untagged_keys),
        read=on(_kind),
    )
_define(
    Kind.POLICY,
    "Policy",
    _own_policy,
    tag=on_policy(request_tags),
    untag=on_policy(untagged_keys),
    read=on_policy(),
)
