"""Amazon API Gateway's management of REST APIs: every operation by the path that it calls (`api_paths`)."""

from __future__ import annotations

from passrole.activity.bind.rows import Table, reference
from passrole.activity.bind.services.api_paths import rows

TABLE: Table = rows("apigateway", reference("amazonapigatewaymanagement"))
