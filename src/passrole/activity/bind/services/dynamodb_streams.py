"""DynamoDB's streams: a shard iterator begins with the ARN of its stream; the rest is bound by the same-name rule.

Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html>
"""

from __future__ import annotations

from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.named import whole
from passrole.activity.bind.rows import Row, Table, on

_API: Final = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html"


def _stream(inquiry: Inquiry) -> str:
    return whole(inquiry, inquiry.need("ShardIterator").partition("|")[0], "dynamodb", "table/")


TABLE: Table = {"GetRecords": Row(on("dynamodb:GetRecords", _stream, "stream"), _API)}
