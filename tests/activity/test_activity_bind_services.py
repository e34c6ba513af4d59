"""Services with a table: call -> the questions of AWS's page."""

from __future__ import annotations

import pytest
from tests.activity.activity_bind_state import HERE, KEY, Facts, asks_of, call, pairs

from passrole.activity.bind.bind import bind
from passrole.activity.bind.model import Refused, Why
from passrole.activity.bind.state import Encryption

SAR = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_"
KMS_PAGE = "https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html"
ALIAS_PAGE = "https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html"
SQS_PAGE = (
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html"
)
SECRETS_PAGE = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"

OTHER_KEY = "arn:aws:kms:eu-central-1:444455556666:key/9999abcd-12ab-34cd-56ef-1234567890ab"
ID = KEY.rpartition("/")[2]
ALIAS = f"arn:aws:kms:{HERE}:alias/app"
URL = "https://sqs.eu-central-1.amazonaws.com/111122223333/jobs"
QUEUE = f"arn:aws:sqs:{HERE}:jobs"
TOPIC = f"arn:aws:sns:{HERE}:news"
SECRET = f"arn:aws:secretsmanager:{HERE}:secret:db-AbCdEf"
NAMED = Facts(names={ALIAS: KEY, f"arn:aws:secretsmanager:{HERE}:secret:db": SECRET}, ciphertexts={b"c": KEY})

# (service, operation, parameters, expected questions, page)
CASES: list[tuple[str, str, dict[str, object], list[tuple[str, str]], str]] = [
    ("kms", "Encrypt", {"KeyId": ID, "Plaintext": b""}, [("kms:Encrypt", KEY)], KMS_PAGE),
    ("kms", "Encrypt", {"KeyId": "alias/app", "Plaintext": b""}, [("kms:Encrypt", KEY)], KMS_PAGE),
    ("kms", "Encrypt", {"KeyId": OTHER_KEY, "Plaintext": b""}, [("kms:Encrypt", OTHER_KEY)], KMS_PAGE),
    ("kms", "Decrypt", {"CiphertextBlob": b"c"}, [("kms:Decrypt", KEY)], KMS_PAGE),
    ("kms", "ReEncrypt", {"CiphertextBlob": b"c", "DestinationKeyId": OTHER_KEY}, [("kms:ReEncryptFrom", KEY), ("kms:ReEncryptTo", OTHER_KEY)], KMS_PAGE),
    ("kms", "CreateAlias", {"AliasName": "alias/new", "TargetKeyId": ID}, [("kms:CreateAlias", f"arn:aws:kms:{HERE}:alias/new"), ("kms:CreateAlias", KEY)], ALIAS_PAGE),
    ("kms", "UpdateAlias", {"AliasName": "alias/app", "TargetKeyId": OTHER_KEY}, [("kms:UpdateAlias", ALIAS), ("kms:UpdateAlias", KEY), ("kms:UpdateAlias", OTHER_KEY)], ALIAS_PAGE),
    ("kms", "DeleteAlias", {"AliasName": "alias/app"}, [("kms:DeleteAlias", ALIAS), ("kms:DeleteAlias", KEY)], ALIAS_PAGE),
    ("kms", "CreateKey", {}, [("kms:CreateKey", "*")], "https://docs.aws.amazon.com/kms/latest/developerguide/create-keys.html"),
    ("kms", "CreateKey", {"Tags": [{"TagKey": "a", "TagValue": "b"}]}, [("kms:CreateKey", "*"), ("kms:TagResource", f"arn:aws:kms:{HERE}:key/*")], "https://docs.aws.amazon.com/kms/latest/developerguide/create-keys.html"),
    ("kms", "ListKeys", {}, [("kms:ListKeys", "*")], KMS_PAGE),
    ("sqs", "SendMessage", {"QueueUrl": URL, "MessageBody": "x"}, [("sqs:SendMessage", QUEUE)], SQS_PAGE),
    ("sqs", "SendMessageBatch", {"QueueUrl": URL, "Entries": []}, [("sqs:SendMessage", QUEUE)], SQS_PAGE),
    ("sqs", "DeleteMessageBatch", {"QueueUrl": URL, "Entries": []}, [("sqs:DeleteMessage", QUEUE)], SQS_PAGE),
    ("sqs", "ChangeMessageVisibilityBatch", {"QueueUrl": URL, "Entries": []}, [("sqs:ChangeMessageVisibility", QUEUE)], SQS_PAGE),
    ("sqs", "CreateQueue", {"QueueName": "jobs"}, [("sqs:CreateQueue", QUEUE)], SQS_PAGE),
    ("sqs", "GetQueueUrl", {"QueueName": "jobs", "QueueOwnerAWSAccountId": "444455556666"}, [("sqs:GetQueueUrl", "arn:aws:sqs:eu-central-1:444455556666:jobs")], SQS_PAGE),
    ("sqs", "ListQueues", {}, [("sqs:ListQueues", "*")], SQS_PAGE),
    ("sqs", "StartMessageMoveTask", {"SourceArn": QUEUE}, [("sqs:StartMessageMoveTask", QUEUE)], f"{SAR}amazonsqs.html"),
    ("sns", "Publish", {"TopicArn": TOPIC, "Message": "x"}, [("sns:Publish", TOPIC)], f"{SAR}amazonsns.html"),
    ("sns", "PublishBatch", {"TopicArn": TOPIC, "PublishBatchRequestEntries": []}, [("sns:Publish", TOPIC)], "https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"),
    ("sns", "Publish", {"PhoneNumber": "+49", "Message": "x"}, [("sns:Publish", "*")], f"{SAR}amazonsns.html"),
    ("sns", "Subscribe", {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": QUEUE}, [("sns:Subscribe", TOPIC)], f"{SAR}amazonsns.html"),
    ("sns", "Unsubscribe", {"SubscriptionArn": f"{TOPIC}:8a21d249"}, [("sns:Unsubscribe", TOPIC)], f"{SAR}amazonsns.html"),
    ("sns", "CreateTopic", {"Name": "news"}, [("sns:CreateTopic", TOPIC)], f"{SAR}amazonsns.html"),
    ("secretsmanager", "GetSecretValue", {"SecretId": "db"}, [("secretsmanager:GetSecretValue", SECRET)], SECRETS_PAGE),
    ("secretsmanager", "GetSecretValue", {"SecretId": SECRET}, [("secretsmanager:GetSecretValue", SECRET)], SECRETS_PAGE),
    ("secretsmanager", "CreateSecret", {"Name": "new", "Tags": [{"Key": "a", "Value": "b"}]}, [("secretsmanager:CreateSecret", f"arn:aws:secretsmanager:{HERE}:secret:new-??????"), ("secretsmanager:TagResource", f"arn:aws:secretsmanager:{HERE}:secret:new-??????")], f"{SAR}awssecretsmanager.html"),
    ("secretsmanager", "BatchGetSecretValue", {"SecretIdList": ["db"]}, [("secretsmanager:BatchGetSecretValue", "*"), ("secretsmanager:GetSecretValue", SECRET)], f"{SAR}awssecretsmanager.html"),
    ("secretsmanager", "ListSecrets", {}, [("secretsmanager:ListSecrets", "*")], f"{SAR}awssecretsmanager.html"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "parameters", "expected", "page"), CASES)
def test_what_a_call_asks(
    service: str, operation: str, parameters: dict[str, object], expected: list[tuple[str, str]], page: str
) -> None:
    assert pairs(asks_of(service, operation, parameters, NAMED)) == expected, page


def test_encryption_context_and_alias_are_condition_keys() -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"""
    parameters = {"KeyId": "alias/app", "Plaintext": b"", "EncryptionContext": {"team": "a", "app": "b"}}
    (asked,) = asks_of("kms", "Encrypt", parameters, NAMED)
    assert asked.context["kms:EncryptionContext:team"] == "a"
    assert asked.context["kms:EncryptionContextKeys"] == ("team", "app")
    assert asked.context["kms:RequestAlias"] == "alias/app"
    assert asked.context["kms:CallerAccount"] == "111122223333"
    assert asked.context["kms:EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    assert "kms:ViaService" not in {*asked.context, *asked.unknown}
    assert "kms:KeySpec" in asked.unknown, "a property of the key, which this state does not tell"


def test_a_new_keys_properties_are_known_by_their_defaults() -> None:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html"""
    (asked,) = asks_of("kms", "CreateKey", {})
    assert asked.context["kms:KeySpec"] == "SYMMETRIC_DEFAULT"
    assert asked.context["kms:KeyUsage"] == "ENCRYPT_DECRYPT"
    assert asked.context["kms:KeyOrigin"] == "AWS_KMS"
    assert asked.context["kms:MultiRegion"] == "false"
    assert asked.context["kms:BypassPolicyLockoutSafetyCheck"] == "false"


def test_a_grant_names_its_grantee_and_operations() -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/grant-authorization.html"""
    grantee = "arn:aws:iam::111122223333:role/app"
    parameters = {"KeyId": ID, "GranteePrincipal": grantee, "Operations": ["Decrypt", "Encrypt"]}
    (asked,) = asks_of("kms", "CreateGrant", parameters)
    assert asked.context["kms:GranteePrincipal"] == grantee
    assert asked.context["kms:GrantOperations"] == ("Decrypt", "Encrypt")
    assert "kms:RetiringPrincipal" not in {*asked.context, *asked.unknown}


def test_a_ciphertext_of_an_unknown_key_is_refused() -> None:
    refused = bind(call("kms", "Decrypt", {"CiphertextBlob": b"?"}), NAMED)
    assert isinstance(refused, Refused)
    assert refused.why is Why.NOT_KNOWN


def test_a_secret_with_a_key_of_the_customer_asks_the_key_through_the_service() -> None:
    facts = Facts(names=NAMED.names, encrypted={SECRET: Encryption("aws:kms", KEY)})
    own, key = asks_of("secretsmanager", "GetSecretValue", {"SecretId": "db"}, facts)
    assert (key.action, key.resource) == ("kms:Decrypt", KEY)
    assert key.context["kms:ViaService"] == "secretsmanager.eu-central-1.amazonaws.com"
    assert key.context["kms:EncryptionContext:SecretARN"] == SECRET
    assert key.called_via == ("secretsmanager.amazonaws.com",)
    writing = asks_of("secretsmanager", "PutSecretValue", {"SecretId": "db", "SecretString": "x"}, facts)
    assert [each.action for each in writing] == ["secretsmanager:PutSecretValue", "kms:GenerateDataKey", "kms:Decrypt"]
    assert own.context["secretsmanager:SecretId"] == SECRET


def test_a_subscription_tells_its_protocol_and_endpoint() -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-using-identity-based-policies.html"""
    (asked,) = asks_of("sns", "Subscribe", {"TopicArn": TOPIC, "Protocol": "https", "Endpoint": "https://a.example/"})
    assert asked.context["sns:Protocol"] == "https"
    assert asked.context["sns:Endpoint"] == "https://a.example/"


def test_messages_of_an_encrypted_queue_ask_its_key_through_sqs() -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"""
    facts = Facts(encrypted={QUEUE: Encryption("aws:kms", KEY)})
    sending = asks_of("sqs", "SendMessage", {"QueueUrl": URL, "MessageBody": "x"}, facts)
    assert [each.action for each in sending] == ["sqs:SendMessage", "kms:GenerateDataKey", "kms:Decrypt"]
    assert sending[1].context["kms:ViaService"] == "sqs.eu-central-1.amazonaws.com"
    receiving = asks_of("sqs", "ReceiveMessage", {"QueueUrl": URL}, facts)
    assert [each.action for each in receiving] == ["sqs:ReceiveMessage", "kms:Decrypt"]
    assert len(asks_of("sqs", "GetQueueAttributes", {"QueueUrl": URL}, facts)) == 1


def test_a_role_among_attributes_of_sns_is_passed() -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/firehose-endpoints-subscribe.html"""
    role = "arn:aws:iam::111122223333:role/feed"
    stream = f"arn:aws:firehose:{HERE}:deliverystream/s"
    parameters = {
        "TopicArn": TOPIC,
        "Protocol": "firehose",
        "Endpoint": stream,
        "Attributes": {"SubscriptionRoleArn": role},
    }
    _, passed = asks_of("sns", "Subscribe", parameters)
    assert (passed.action, passed.resource) == ("iam:PassRole", role)
    assert passed.context["iam:PassedToService"] == "sns.amazonaws.com"
