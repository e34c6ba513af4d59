"""Secrets: their full ARNs, tags and keys. One without a key of its own has AWS's, which its account alone may use.

Source: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>
"""

from __future__ import annotations

from collections.abc import Mapping

from passrole.activity.bind.state import Answer, Encryption, Known, NoSuchThing, NotKnown
from passrole.policy.arn import Arn
from passrole.server.gateway.readings import Answered
from passrole.server.gateway.state.kms import key_named
from passrole.server.gateway.state.of_service import OfService, tags_under


class SecretsManagerState(OfService):
    service = "secretsmanager"

    def tags(self, resource: Arn) -> Answer[Mapping[str, str]]:
        return tags_under(self._described(resource), "Tags")

    def stands_for(self, resource: Arn) -> Answer[str]:
        """The full ARN of a secret that is named, or whose ARN lacks the characters that AWS adds."""
        found = self._described(resource)
        return Known(str(found.value["ARN"])) if isinstance(found, Known) else found

    def encryption(self, resource: Arn) -> Answer[Encryption]:
        found = self._described(resource)
        if not isinstance(found, Known):
            return found
        named = str(found.value.get("KmsKeyId") or "alias/aws/secretsmanager")
        key = key_named(self.place, named, resource.account)
        if isinstance(key, Known):
            return Known(Encryption("aws:kms", key.value))
        return NotKnown(f"the KMS key `{named}` is not there") if isinstance(key, NoSuchThing) else key

    def attribute(self, resource: Arn, name: str) -> Answer[str | tuple[str, ...]]:
        if name != "secretsmanager:resource/AllowRotationLambdaArn":
            return super().attribute(resource, name)
        found = self._described(resource)
        if not isinstance(found, Known):
            return found
        rotation = found.value.get("RotationLambdaARN")
        return Known(str(rotation)) if rotation else NoSuchThing()

    def _described(self, resource: Arn) -> Answered:
        by_arn = self.read("DescribeSecret", resource, SecretId=str(resource))
        if not isinstance(by_arn, NoSuchThing):
            return by_arn
        return self.read("DescribeSecret", resource, SecretId=resource.resource.removeprefix("secret:"))
