"""Where moto carries out the calls of a service: its handlers by URL, past its server and its routing by host."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final, cast

from passrole.account.service_error import ServiceError
from passrole.server.gateway.service_models import model_of

Handler = Callable[[Any, str, Any], tuple[Any, Mapping[str, Any], Any]]
Handlers = tuple[str, tuple[tuple[re.Pattern[str], Handler], ...]]

_found: Final[dict[tuple[str, str], Handlers]] = {}
# moto's packages import each other: two threads that begin at different ends can both fail.
_importing: Final = Lock()


def handlers_of(service: str, region: str) -> Handlers:
    """The host that moto expects for a service, and its handlers by URL. Raises ServiceError (NotImplemented).

    The first call imports the service's part of moto, which can take a second; other services answer meanwhile.
    """
    found = _found.get((service, region))
    if found is None:
        with _importing:
            found = _found[service, region] = _find(service, region)
    return found


def _find(service: str, region: str) -> Handlers:
    from moto import backends
    from moto.backend_index import backend_url_patterns
    from moto.core.base_backend import BackendDict
    from moto.core.models import DEFAULT_ACCOUNT_ID

    prefix = model_of(service).endpoint_prefix
    hosts = (f"{prefix}.{region}.amazonaws.com", f"{prefix}.amazonaws.com", f"{prefix}.{region}.api.aws")
    for host in (*hosts, f"{DEFAULT_ACCOUNT_ID}.{prefix}.{region}.amazonaws.com"):
        module = next((name for name, pattern in backend_url_patterns if pattern.match(f"https://{host}/")), None)
        if module is None:
            continue
        try:
            found = cast("Any", backends.get_backend)(module)
        except ImportError as error:
            raise ServiceError(
                "NotImplemented",
                f"The call was allowed, but for {service} moto, which carries out calls here, needs the package "
                f"{error.name}: pip install 'moto[all]'",
            ) from error
        if isinstance(found, BackendDict):
            # The first one of all reads much that the others share: better here than where other calls wait for it.
            regions = found[DEFAULT_ACCOUNT_ID]
            backend = regions["us-east-1"] if "us-east-1" in regions else regions["aws"]
        else:
            backend = found["global"]
        return host, tuple((re.compile(url), handler) for url, handler in backend.urls.items())
    raise ServiceError(
        "NotImplemented", f"The call was allowed, and moto, which carries out calls here, has no {service}"
    )
