"""A botocore session that knows nothing of this machine: no profile, credentials, environment or config file."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from passrole.account.aws_models import shared_loader

if TYPE_CHECKING:
    from botocore.session import Session

_FILES = ("config_file", "credentials_file")


@cache
def isolated_session() -> Session:
    """The session that all clients of embedded accounts share; it reads botocore's models once for both sides."""
    from botocore.session import Session

    session = Session(session_vars=isolated_settings())
    session.register_component("data_loader", shared_loader())
    return session


def isolated_settings() -> dict[str, tuple[None, None, Any, Any]]:
    """Session variables of botocore that are read nowhere.

    Every setting that botocore would look up in the environment or in a file keeps its default, so that neither a
    profile, nor AWS_ENDPOINT_URL, nor a proxy can send a call of an embedded account anywhere.
    """
    from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

    return {
        name: (None, None, os.devnull if name in _FILES else default, conversion)
        for name, (_in_file, _in_environment, default, conversion) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
    }
