"""What bindings ask of stored state: tags, owners, encryption keys and what a name stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

T = TypeVar("T", covariant=True)


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class NotKnown:
    """`reason` completes a sentence: "the backend has no operation that shows tags of `arn:…`"."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoSuchThing:
    """There is no resource of that name, and so neither tags nor a key."""


Answer: TypeAlias = Known[T] | NotKnown | NoSuchThing


@dataclass(frozen=True, slots=True)
class Encryption:
    """How something is encrypted at rest: `algorithm` as S3 names it (`AES256`, `aws:kms`, `aws:kms:dsse`).

    `key_arn` is the ARN of the KMS key, AWS managed or not; None where no key of KMS is used.
    """

    algorithm: str
    key_arn: str | None = None
    bucket_key: bool = False
    context: Mapping[str, str] | None = None
    """The encryption context that was given when it was stored; None where that is not known."""


class ResourceState(Protocol):
    """Stored state by ARN. Every method answers for itself; none raises because something is not there.

    What the bindings ask beyond the plain meaning of each method is listed in its text; a state that does not answer
    one of these makes the call undecided or refused, never allowed.
    """

    def tags(self, resource: str) -> Answer[Mapping[str, str]]:
        """As authorization sees them: those of an S3 bucket count only where its ABAC status is on."""
        ...

    def owner(self, resource: str) -> Answer[str]:
        """The account that owns a resource whose ARN names none: an S3 bucket."""
        ...

    def encryption(self, resource: str) -> Answer[Encryption]:
        """Of an S3 object how it is stored, of a bucket its default for new objects; of a secret or queue its key.

        A version of an object is asked for as `…/key?versionId=ID`, an upload in parts as `…/key?uploadId=ID`; in the
        key itself `?` and `%` are percent-encoded (here and in `tags`).

        Of EC2: a volume, a snapshot, the root volume of an image, and `…:volume/*` for the default of new volumes; its
        `key_arn` is the default key of EBS (None for the AWS managed one), and its `algorithm` is empty where new
        volumes are not encrypted unless a call says so. Of a DynamoDB table, an SNS topic, a Lambda function and a log
        group, the key of the customer. Keys that AWS manages (`alias/aws/…`) are told as no key.
        """
        ...

    def key_of_ciphertext(self, blob: bytes) -> Answer[str]:
        """The ARN of the KMS key that a ciphertext was made with."""
        ...

    def stands_for(self, resource: str) -> Answer[str]:
        """The ARN behind a name: of a KMS alias its key, of an instance profile its role, of a secret's name the secret
        (`…:secret:name` gives `…:secret:name-AbCdEf`), of a role without its path the role.

        Of EC2, `…:KIND/NAME` gives the resource of that kind that the name leads to: `subnet/default`; a security group
        of the default VPC (`security-group/web`) and a launch template by name; an address (`elastic-ip/198.51.100.7`);
        a key pair by its id; a placement group by its id; and what stands on one side of an association, attachment,
        permission, rule or notification (`elastic-ip/eipassoc-1`, `network-interface/eipassoc-1`, `subnet/rtbassoc-1`,
        `route-table/rtbassoc-1`, `subnet/aclassoc-1`, `vpc/vpc-cidr-assoc-1`, `instance/eni-attach-1`,
        `vpc/pcx-1` for the accepter's VPC, `iam-instance-profile-association/iip-assoc-1` for the instance).

        Of CloudWatch Logs, `log-group:ID` of a query gives its group, `delivery-source:ID` and
        `delivery-destination:ID` those of a delivery; of Systems Manager, `maintenancewindow/ID` of an execution gives
        its window, and a parameter that holds an image (`resolve:ssm:`) the image; of Organizations, `organization/*`
        gives the caller's own.
        """
        ...

    def attribute(self, resource: str, name: str) -> Answer[str | tuple[str, ...]]:
        """The value that a condition key about the resource has (`ec2:InstanceType` of an instance); NoSuchThing
        where the resource has no value for it.

        Besides keys: `PartitionKey` of a DynamoDB table, `Volumes` of an EC2 instance (ids, the root volume's first),
        `SecureParameters` below a path of Systems Manager's parameters (their ARNs, at any depth).
        """
        ...

    def content(self, resource: str, what: str) -> Answer[Mapping[str, object]]:
        """A stored document in botocore's member names: of an EC2 launch template the data of one version, where
        `what` is its number, `$Default` or `$Latest`."""
        ...


class NothingKnown:
    """A state that knows nothing: each question is answered with the same reason."""

    def __init__(self, reason: str = "stored state was not read") -> None:
        self._answer = NotKnown(reason)

    def tags(self, resource: str) -> Answer[Mapping[str, str]]:
        return self._answer

    def owner(self, resource: str) -> Answer[str]:
        return self._answer

    def encryption(self, resource: str) -> Answer[Encryption]:
        return self._answer

    def key_of_ciphertext(self, blob: bytes) -> Answer[str]:
        return self._answer

    def stands_for(self, resource: str) -> Answer[str]:
        return self._answer

    def attribute(self, resource: str, name: str) -> Answer[str | tuple[str, ...]]:
        return self._answer

    def content(self, resource: str, what: str) -> Answer[Mapping[str, object]]:
        return self._answer
