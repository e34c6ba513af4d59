"""Put, Get, List and Delete of the inline policies of users, roles and groups: twelve operations, one of each kind."""

from __future__ import annotations

from passrole.account import entities
from passrole.account.asks import on, present_boundary
from passrole.account.context import CallContext
from passrole.account.documents import checked_document, encoded_document
from passrole.account.entities import NAME_PARAMETER, Kind
from passrole.account.operation import operation
from passrole.account.pages import page, page_request, rest_of
from passrole.account.params import Params, Result
from passrole.account.policy_store import delete_inline_document, inline_documents, put_inline_document
from passrole.account.service_error import ServiceError, limit_exceeded, no_such_entity
from passrole.catalog.quotas import policy_size
from passrole.policy.model import PolicyType


def _define(kind: Kind) -> None:
    word = kind.value.capitalize()
    name_parameter = NAME_PARAMETER[kind]

    @operation("iam", f"Put{word}Policy", writes=True, asks=on(kind, present_boundary))
    def put(ctx: CallContext, params: Params) -> Result:
        """Replaces a policy of the same name. The quota holds for all inline policies of the entity together."""
        document = params.text("PolicyDocument")
        checked_document(document, PolicyType.IDENTITY, partition=ctx.partition)
        entity = entities.get(ctx, kind, params.text(name_parameter))
        documents = inline_documents(ctx.connection, entity.id) | {params.text("PolicyName"): document}
        allowed = ctx.quotas.inline_sizes[kind]
        if sum(map(policy_size, documents.values())) > allowed:
            raise limit_exceeded(f"Maximum policy size of {allowed} bytes exceeded for {kind.value} {entity.name}")
        put_inline_document(ctx.connection, entity, params.text("PolicyName"), document)
        return {}

    @operation("iam", f"Get{word}Policy", writes=False, asks=on(kind))
    def get(ctx: CallContext, params: Params) -> Result:
        entity = entities.get(ctx, kind, params.text(name_parameter))
        name = params.text("PolicyName")
        document = inline_documents(ctx.connection, entity.id).get(name)
        if document is None:
            raise _not_found(kind, name)
        return {name_parameter: entity.name, "PolicyName": name, "PolicyDocument": encoded_document(document)}

    @operation("iam", f"List{word}Policies", writes=False, asks=on(kind))
    def list_(ctx: CallContext, params: Params) -> Result:
        entity = entities.get(ctx, kind, params.text(name_parameter))
        request = page_request(params)
        names = rest_of(request, list(inline_documents(ctx.connection, entity.id)), sort_key=str)
        return page(request, "PolicyNames", names, sort_key=str)

    @operation("iam", f"Delete{word}Policy", writes=True, asks=on(kind, present_boundary))
    def delete(ctx: CallContext, params: Params) -> Result:
        entity = entities.get(ctx, kind, params.text(name_parameter))
        if not delete_inline_document(ctx.connection, entity, params.text("PolicyName")):
            raise _not_found(kind, params.text("PolicyName"))
        return {}


def _not_found(kind: Kind, policy_name: str) -> ServiceError:
    return no_such_entity(f"The {kind.value} policy with name {policy_name} cannot be found.")


for _kind in (Kind.USER, Kind.ROLE, Kind.GROUP):
    _define(_kind)
