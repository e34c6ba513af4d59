"""A recognised request's parameters, by botocore's names."""

from __future__ import annotations

from passrole.server.gateway.backend import Body
from passrole.server.gateway.decode_json import parse_json, structure_from_json
from passrole.server.gateway.decode_query import parameters_from_form
from passrole.server.gateway.decode_rest import parameters_from_rest
from passrole.server.gateway.recognise import Recognised
from passrole.server.gateway.undecodable import undecodable


def decode(recognised: Recognised, body: Body) -> dict[str, object]:
    """`body` is the payload, without the framing of aws-chunked. Raises ServiceError for what the model has not."""
    model = recognised.model
    if model.has_event_stream_input:
        raise undecodable(f"passrole does not take {model.name}, whose input is a stream of events")
    match recognised.protocol:
        case "json":
            value = parse_json(_whole(body)) if body else {}
            if model.input_shape is None:
                if value:
                    raise undecodable("The operation has no parameters")
                return {}
            return structure_from_json(value, model.input_shape)
        case "query" | "ec2":
            return parameters_from_form(recognised.form, model.input_shape, ec2=recognised.protocol == "ec2")
        case "rest-json" | "rest-xml":
            return parameters_from_rest(model, recognised.route, recognised.query, recognised.request, body)
        case other:
            raise AssertionError(f"no decoding for the protocol {other}")


def _whole(body: Body) -> bytes:
    if not isinstance(body, bytes):
        raise undecodable("The body is too large for this operation")
    return body
