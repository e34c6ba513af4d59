"""Which role a workload gets, and the endpoint that gives it: of an instance by its profile, of a task by its role."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from passrole.account import entities
from passrole.account.context import AccountView
from passrole.account.entities import Entity, Kind
from passrole.account.profile_store import profiles_of_roles, roles_in_profiles
from passrole.account.service_error import ServiceError
from passrole.account.store import AccountStore
from passrole.errors import ConfigurationError, UsageError
from passrole.server.metadata.container import ContainerCredentials
from passrole.server.metadata.http import listening
from passrole.server.metadata.imds import Instance, InstanceMetadata
from passrole.server.metadata.role_credentials import RoleCredentials, Wanted


@dataclass(frozen=True, slots=True)
class Workload:
    """`variables` are what the workload's environment must have to find its credentials."""

    role_arn: str
    session_arn: str
    url: str
    variables: dict[str, str] = field(repr=False)


@contextmanager
def instance_credentials(
    store: AccountStore,
    *,
    role: str | None = None,
    profile: str | None = None,
    region: str,
    port: int = 0,
    hop_limit: int = 1,
) -> Iterator[Workload]:
    """The metadata service of an instance with this instance profile, or with the one that holds this role.

    Raises UsageError for a role that is in no instance profile and for an empty profile, ConfigurationError when the
    trust policy does not let EC2 in, ServiceError (NoSuchEntity).
    """
    with store.reading() as connection:
        view = store.view(connection)
        profile_entity, role_entity = _of_profile(view, profile) if profile is not None else _of_role(view, role or "")
    instance = Instance(
        instance_id=f"i-{secrets.token_hex(9)[:17]}",
        region=region,
        account_id=role_entity.account_id,
        partition=store.partition,
        role_name=role_entity.name,
        profile_arn=profile_entity.arn,
        profile_id=profile_entity.id,
    )
    wanted = Wanted(role_entity.arn, "ec2", instance.instance_id, region, request_keys=instance.request_keys)
    credentials = RoleCredentials(store, wanted)
    _try_once(credentials)
    metadata = InstanceMetadata(instance, credentials, store.clock)
    with listening(metadata.answer, port=port, hop_limit=hop_limit) as url:
        variables = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": url, "AWS_EC2_METADATA_V1_DISABLED": "true"}
        yield Workload(role_entity.arn, _session_arn(role_entity, instance.instance_id), url, variables)


@contextmanager
def task_credentials(store: AccountStore, *, role: str, region: str, port: int = 0) -> Iterator[Workload]:
    """The credentials endpoint of a container whose task has this role.

    The trust policy sees the task as aws:SourceArn and its account as aws:SourceAccount. Raises ConfigurationError
    when it does not let ECS tasks in, ServiceError (NoSuchEntity).
    """
    with store.reading() as connection:
        entity = entities.get(store.view(connection), Kind.ROLE, role)
    task_id = secrets.token_hex(16)
    wanted = Wanted(
        entity.arn,
        "ecs-tasks",
        task_id,
        region,
        source_arn=f"arn:{store.partition}:ecs:{region}:{entity.account_id}:task/default/{task_id}",
        source_account=entity.account_id,
    )
    credentials = RoleCredentials(store, wanted)
    _try_once(credentials)
    container = ContainerCredentials(credentials)
    with listening(container.answer, port=port) as url:
        variables = {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": url + container.path,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": container.token,
        }
        yield Workload(entity.arn, _session_arn(entity, task_id), url, variables)


def _of_profile(view: AccountView, name: str) -> tuple[Entity, Entity]:
    profile = entities.get(view, Kind.INSTANCE_PROFILE, name)
    roles = roles_in_profiles(view.connection, [profile]).get(profile.id, [])
    if not roles:
        raise UsageError(
            f"instance profile `{name}` holds no role",
            help=f"aws iam add-role-to-instance-profile --instance-profile-name {name} --role-name ROLE",
        )
    return profile, roles[0].entity


def _of_role(view: AccountView, name: str) -> tuple[Entity, Entity]:
    role = entities.get(view, Kind.ROLE, name)
    profiles = profiles_of_roles(view.connection, [role.id]).get(role.id, [])
    if not profiles:
        raise UsageError(
            f"role `{name}` is in no instance profile, and EC2 gives an instance its role by one",
            help=f"aws iam create-instance-profile --instance-profile-name {name} && "
            f"aws iam add-role-to-instance-profile --instance-profile-name {name} --role-name {name}",
        )
    return profiles[0], role


def _try_once(credentials: RoleCredentials) -> None:
    """A role that the service may not assume is told at once, not to the workload that waits for credentials."""
    try:
        credentials.current()
    except ServiceError as refusal:
        wanted = credentials.wanted
        raise ConfigurationError(
            f"{wanted.service}.amazonaws.com may not assume `{wanted.role_arn}`",
            causes=(refusal.message,),
            help=f"let it in: the role's trust policy must allow sts:AssumeRole to {wanted.service}.amazonaws.com",
        ) from refusal


def _session_arn(role: Entity, session_name: str) -> str:
    partition, account = role.arn.split(":")[1], role.account_id
    return f"arn:{partition}:sts::{account}:assumed-role/{role.name}/{session_name}"
