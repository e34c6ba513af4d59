"""What stands beside a resource's own policies, read from the account: grants on a key, S3 Block Public Access."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from passrole.account.compiled_account import NOTHING_BESIDE, Beside
from passrole.account.json_place import JsonPlace, JsonPlaceError
from passrole.account.key_grants import grants_of
from passrole.engine.public_access import is_public
from passrole.engine.stack import KeyGrant, Layer, Unknown
from passrole.provision.absent_service import service_is_absent
from passrole.provision.clients import ClientFactory

_NO_BLOCK = "NoSuchPublicAccessBlockConfiguration"


def beside_of(clients: ClientFactory, account_id: str, action: str, resource: str, policies: Layer) -> Beside:
    """`policies` are the resource's own. What may not be read is unknown; an endpoint without the service has nothing.

    Sources: <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html>,
    <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html>
    """
    service = action.partition(":")[0].lower()
    if clients.describe().kind == "embedded":
        return NOTHING_BESIDE
    if service == "kms" and ":key/" in resource:
        return Beside(grants=_grants(clients, resource), aws_managed_key=_is_managed_by_aws(clients, resource))
    if service == "s3" and resource.startswith("arn:") and _may_be_public(policies):
        bucket = resource.split(":::", 1)[-1].split("/", 1)[0]
        return Beside(restrict_public_buckets=_restricts(clients, account_id, bucket))
    return NOTHING_BESIDE


def _grants(clients: ClientFactory, key: str) -> tuple[KeyGrant, ...] | Unknown:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        pages = list(_grant_pages(clients, key))
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if service_is_absent(clients, error) or code == "NotFoundException":
            return ()
        return Unknown(f"those of key `{key}` could not be read: {code} answered to kms:ListGrants")
    except BotoCoreError as error:
        return Unknown(f"those of key `{key}` could not be read: {error}")
    try:
        return tuple(grant for page in pages for grant in grants_of(JsonPlace(page, "answer of ListGrants")))
    except JsonPlaceError as error:
        return Unknown(f"those of key `{key}` are not as KMS tells them: {error.message}")


def _grant_pages(clients: ClientFactory, key: str) -> Iterator[Mapping[str, Any]]:
    kms: Any = clients.client("kms")
    marker: dict[str, str] = {}
    while True:
        page = kms.list_grants(KeyId=key, **marker)
        yield page
        if not page.get("Truncated") or not page.get("NextMarker"):
            return
        marker = {"Marker": page["NextMarker"]}


def _is_managed_by_aws(clients: ClientFactory, key: str) -> bool:
    """False where it cannot be read: then resource control policies count, which can only deny more."""
    from botocore.exceptions import BotoCoreError, ClientError

    kms: Any = clients.client("kms")
    try:
        return bool(kms.describe_key(KeyId=key)["KeyMetadata"].get("KeyManager") == "AWS")
    except (ClientError, BotoCoreError):
        return False


def _may_be_public(policies: Layer) -> bool:
    return isinstance(policies, Unknown) or any(is_public(each.policy) is not False for each in policies.policies)


def _restricts(clients: ClientFactory, account_id: str, bucket: str) -> bool | Unknown:
    """The most restrictive of what bucket and account say, as S3 takes it."""
    found = [
        _restriction(clients, "s3", {"Bucket": bucket}, f"of bucket `{bucket}`"),
        _restriction(clients, "s3control", {"AccountId": account_id}, f"of account {account_id}"),
    ]
    if True in found:
        return True
    return next((each for each in found if isinstance(each, Unknown)), False)


def _restriction(clients: ClientFactory, service: str, parameters: dict[str, str], whose: str) -> bool | Unknown:
    from botocore.exceptions import BotoCoreError, ClientError

    client: Any = clients.client(service)
    try:
        answer = client.get_public_access_block(**parameters)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in (_NO_BLOCK, "NoSuchBucket") or service_is_absent(clients, error):
            return False
        return Unknown(f"the settings {whose} could not be read: {code} answered to GetPublicAccessBlock")
    except BotoCoreError as error:
        return Unknown(f"the settings {whose} could not be read: {error}")
    return bool(answer["PublicAccessBlockConfiguration"].get("RestrictPublicBuckets"))
