"""The id of a request stands in answers, and never in what is stored."""

from __future__ import annotations

import pytest

from passrole.server.gateway.refusals import spoken_in
from passrole.server.gateway.request_ids import with_request_id
from passrole.server.message import HttpResponse

ERROR = b"<ErrorResponse><Error><Code>NoSuch</Code></Error><RequestId>theirs</RequestId></ErrorResponse>"


@pytest.mark.parametrize(("service", "protocol"), [("s3", "rest-xml"), ("cloudfront", "rest-xml")])
def test_a_stored_body_that_looks_like_an_error_is_left_as_it_is(service: str, protocol: str) -> None:
    answer = with_request_id(HttpResponse(200, (), ERROR), spoken_in(service, protocol), "ours")
    assert answer.body == ERROR


@pytest.mark.parametrize(("service", "protocol"), [("s3", "rest-xml"), ("cloudfront", "rest-xml"), ("sns", "query")])
def test_an_error_has_the_id_of_the_log(service: str, protocol: str) -> None:
    answer = with_request_id(HttpResponse(404, (), ERROR), spoken_in(service, protocol), "ours")
    assert answer.body == ERROR.replace(b"theirs", b"ours")
