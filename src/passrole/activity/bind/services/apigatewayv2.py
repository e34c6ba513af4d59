"""Amazon API Gateway's HTTP and WebSocket APIs: every operation by the path that it calls (`api_paths`)."""

from __future__ import annotations

from passrole.activity.bind.rows import Table, reference
from passrole.activity.bind.services.api_paths import rows

TABLE: Table = rows("apigatewayv2", reference("amazonapigatewaymanagementv2"))
