"""Where moto carries out the calls of a service: its handlers by URL, past its server and its routing by host."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

from passrole.account.service_error import ServiceError
from passrole.server.gateway.service_models import model_of

Handler = Callable[[Any, str, Any], tuple[Any, Mapping[str, Any], Any]]


@cache
def handlers_of(service: str, region: str) -> tuple[str, tuple[tuple[re.Pattern[str], Handler], ...]]:
    """The host that moto expects for a service, and its handlers by URL. Raises ServiceError (NotImplemented)."""
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
            regions = found[DEFAULT_ACCOUNT_ID]
            backend = regions["us-east-1"] if "us-east-1" in regions else regions["aws"]
        else:
            backend = found["global"]
        return host, tuple((re.compile(url), handler) for url, handler in backend.urls.items())
    raise ServiceError(
        "NotImplemented", f"The call was allowed, and moto, which carries out calls here, has no {service}"
    )
