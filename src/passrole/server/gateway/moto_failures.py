"""What is told of a call that was allowed and that moto does not have, or fails in."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from passrole.account.service_error import ServiceError
from passrole.server.gateway.moto_adapted import OutboundRefused

_MOST_CHARACTERS: Final = 300
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """What of whose is called, and where the client is told that it is."""

    service: str
    operation: str
    region: str
    account_id: str
    endpoint_url: str


def not_implemented(place: Place) -> ServiceError:
    return ServiceError(
        "NotImplemented",
        f"The call was allowed, but moto, which carries out calls here, has no {place.service}:{place.operation}",
    )


def failed(place: Place, error: Exception) -> ServiceError:
    """Code of others fails in every way there is where it does not expect a request; the log has how."""
    _log_failure(place, error)
    return _failed(place, "it would have called another address" if _is_outbound(error) else "it failed")


def _failed(place: Place, why: str) -> ServiceError:
    return ServiceError(
        "ServiceFailure",
        "The call was allowed, but moto, which carries out calls here, could not do "
        f"{place.service}:{place.operation}: {why}",
    )


def _log_failure(place: Place, error: Exception) -> None:
    """One line, whatever the error's text holds; the traceback for who looks for it (`passrole serve --debug`)."""
    told = " ".join(f"{type(error).__name__}: {error}".split())[:_MOST_CHARACTERS]
    _log.warning(
        "moto failed in %s:%s: %s", place.service, place.operation, told, exc_info=_log.isEnabledFor(logging.DEBUG)
    )


def _is_outbound(error: BaseException | None) -> bool:
    """Whether it came of a connection that was refused, which the libraries between wrap in errors of their own."""
    while error is not None:
        if isinstance(error, OutboundRefused):
            return True
        error = error.__cause__ or error.__context__
    return False
