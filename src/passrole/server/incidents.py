"""What the log says of a request that could not be answered: the cause where it is known, else where it came up."""

from __future__ import annotations

import logging

from passrole.errors import ConfigurationError


def log_incident(log: logging.Logger, incident_id: str, error: BaseException) -> None:
    """A file that cannot be read or written is told in a line: a full disk has one for each write that is refused."""
    if isinstance(error, ConfigurationError):
        told = (error.message, *error.causes, *(() if error.help is None else (error.help,)))
        log.error("incident %s: %s", incident_id, "; ".join(told))
    else:
        log.error("incident %s: a request could not be answered", incident_id, exc_info=error)
