"""Reading a file that `aws iam get-account-authorization-details` wrote: one page, or several after one another."""

from __future__ import annotations

import json
from collections.abc import Iterator

from passrole.account.authorization_details import snapshot_of_details
from passrole.account.json_place import JsonPlace
from passrole.account.snapshot import AccountSnapshot
from passrole.errors import UsageError
from passrole.policy.json_members import unique_members

_BLANK = " \t\r\n"


def read_authorization_details(text: str, source: str) -> AccountSnapshot:
    """The account of a file's text; `source` names the file in errors.

    Raises UsageError, with line and column where the text is not JSON and with the member's name where it is not as
    IAM answers.
    """
    return snapshot_of_details(pages_in(text, source))


def pages_in(text: str, source: str) -> tuple[JsonPlace, ...]:
    """The pages of a file, which may stand one after another, as `cat page-1.json page-2.json` puts them, or in a
    JSON list. Raises UsageError."""
    pages = [page for value in _values(text, source) for page in (value if isinstance(value, list) else [value])]
    if not pages:
        raise UsageError(f"`{source}` is empty", help="write it with: aws iam get-account-authorization-details > FILE")
    if len(pages) == 1:
        return (JsonPlace(pages[0], source),)
    return tuple(JsonPlace(page, f"{source} page {number}") for number, page in enumerate(pages, 1))


def _values(text: str, source: str) -> Iterator[object]:
    decoder = json.JSONDecoder(object_pairs_hook=unique_members)
    place = 0
    text = text.removeprefix("\ufeff")
    while True:
        while place < len(text) and text[place] in _BLANK:
            place += 1
        if place == len(text):
            return
        try:
            value, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            raise UsageError(
                f"`{source}` is not JSON", causes=(f"{source}:{error.lineno}:{error.colno}: {error.msg.lower()}",)
            ) from error
        except ValueError as error:  # a key twice, or a number that is too long to be one
            raise UsageError(f"`{source}` cannot be read as JSON", causes=(str(error).partition(":")[0],)) from error
        except RecursionError as error:
            raise UsageError(f"`{source}` is nested too deeply") from error
        yield value
