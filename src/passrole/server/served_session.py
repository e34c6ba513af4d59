"""A botocore session of one caller on a served account: whatever client it makes calls there, and nowhere else."""

from __future__ import annotations

from botocore.client import BaseClient
from botocore.config import Config
from botocore.session import Session

from passrole.account.aws_models import shared_loader
from passrole.server.embedded import Credentials
from passrole.server.isolated_session import isolated_settings


class ServedSession(Session):
    """Like any session of botocore; `client` is the name that boto3 has for `create_client`.

    Neither a profile nor the environment has a say in where its calls go and who signs them.
    """

    def __init__(self, endpoint_url: str, region: str, credentials: Credentials) -> None:
        super().__init__(session_vars=isolated_settings())
        self.endpoint_url = endpoint_url
        self.register_component("data_loader", shared_loader())
        self.set_config_variable("region", region)
        self.set_credentials(credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
        # A proxy of the environment would be asked for an address of this machine.
        self.set_default_client_config(Config(proxies={}))

    def create_client(self, service_name: str, *args: object, **kwargs: object) -> BaseClient:
        """As botocore's, for the served account. `endpoint_url` may name another place."""
        if len(args) < 5 and kwargs.get("endpoint_url") is None:
            kwargs["endpoint_url"] = self.endpoint_url
        client: BaseClient = super().create_client(service_name, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        return client

    def client(self, service_name: str, **kwargs: object) -> BaseClient:
        return self.create_client(service_name, **kwargs)
