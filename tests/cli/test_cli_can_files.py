"""`passrole can` on files: policies alone, authorization details, files beside an account; what is said of a request."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.cli.cli_files import OBJECT, A, allow, deny, details_file, policy_file
from tests.cli.command_line import Run, run_program, write

USAGE, ALLOWED, DENIED, UNDECIDED = 252, 0, 2, 3
OTHER_USER = "arn:aws:iam::444455556666:user/dan"
KEY = "arn:aws:kms:us-east-1:111122223333:key/k"


def test_two_files_give_a_decision_with_the_line_of_its_reason(run: Run) -> None:
    """A cross-account read: the identity-based policy allows, and the bucket policy forgot the objects."""
    policy_file("dan.json", allow("s3:GetObject", "arn:aws:s3:::reports/*"))
    policy_file("bucket.json", {**allow("s3:GetObject", "arn:aws:s3:::reports"), "Principal": {"AWS": OTHER_USER}})
    words = ("can", OTHER_USER, "s3:GetObject", OBJECT, "--policy", "dan.json", "--resource-policy", "bucket.json")
    result = run(*words, "--resource-account", "111122223333")
    assert result.code == DENIED
    assert result.out.startswith("implicit deny")
    # Line 10 of the file is the Resource of its only statement, with indentation.
    assert "bucket.json statement 1 does not match  (bucket.json:4:9)" in result.out
    assert (
        "Resource  (bucket.json:7:25): the request has arn:aws:s3:::reports/ana/a.csv; the policy wants" in result.out
    )
    policy_file("bucket.json", {**allow("s3:GetObject", "arn:aws:s3:::reports/*"), "Principal": {"AWS": OTHER_USER}})
    result = run(*words, "--resource-account", "111122223333")
    assert result.code == ALLOWED
    assert "by dan.json statement 1" in result.out
    assert "by bucket.json statement 1" in result.out


@pytest.mark.parametrize(
    ("who", "action", "resource", "files", "code"),
    [
        ("user/ana", "s3:GetObject", OBJECT, {"--policy": [allow("s3:*")]}, ALLOWED),
        ("user/ana", "s3:GetObject", OBJECT, {"--policy": [allow("sqs:*")]}, DENIED),
        ("role/app", "s3:GetObject", OBJECT, {"--policy": [allow("s3:*")], "--boundary": [allow("sqs:*")]}, DENIED),
        (
            "role/app",
            "s3:GetObject",
            OBJECT,
            {"--policy": [allow("*")], "--session-policy": [allow("s3:Get*")]},
            ALLOWED,
        ),
        (
            "role/app",
            "s3:PutObject",
            OBJECT,
            {"--policy": [allow("*")], "--session-policy": [allow("s3:Get*")]},
            DENIED,
        ),
        ("user/ana", "s3:GetObject", OBJECT, {"--policy": [allow("*")], "--scp": [allow("sqs:*")]}, DENIED),
        (
            "user/ana",
            "s3:GetObject",
            OBJECT,
            {"--policy": [allow("*")], "--rcp": [{**deny("s3:*"), "Principal": "*"}]},
            DENIED,
        ),
        (
            "user/ana",
            "s3:GetObject",
            OBJECT,
            {"--policy": [allow("*")], "--endpoint-policy": [{**allow("sqs:*"), "Principal": "*"}]},
            DENIED,
        ),
        (
            "vmie.amazonaws.com",
            "sts:AssumeRole",
            "role/vmimport",
            {
                "--trust-policy": [
                    {"Effect": "Allow", "Principal": {"Service": "vmie.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ]
            },
            ALLOWED,
        ),
        # The default key policy leaves it to the account, which is told.
        ("user/ana", "kms:Decrypt", KEY, {"--policy": [allow("kms:*")]}, ALLOWED),
        (
            "user/ana",
            "kms:Decrypt",
            KEY,
            {"--policy": [allow("kms:*")], "--resource-policy": [deny("sqs:*", Principal="*")]},
            DENIED,
        ),
        (
            f"{A}:oidc-provider/idp.example.com",
            "sts:AssumeRoleWithWebIdentity",
            "role/ci",
            {
                "--trust-policy": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Federated": f"{A}:oidc-provider/idp.example.com"},
                        "Action": "sts:AssumeRoleWithWebIdentity",
                    }
                ]
            },
            ALLOWED,
        ),
    ],
)
def test_every_kind_of_file(
    who: str, action: str, resource: str, files: dict[str, list[dict[str, object]]], code: int, run: Run
) -> None:
    words = [
        word for option, body in files.items() for word in (option, policy_file(f"{option.strip('-')}.json", *body))
    ]
    result = run("can", who, action, resource, *words)
    assert result.code == code, result.out + result.err


def test_levels_of_service_control_policies(run: Run) -> None:
    policy = policy_file("own.json", allow("*"))
    s3, sqs = policy_file("s3.json", allow("s3:*")), policy_file("sqs.json", allow("sqs:*"))

    def code(*scps: str) -> int:
        words = [word for scp in scps for word in ("--scp", scp)]
        return run("can", "user/ana", "s3:GetObject", OBJECT, "--policy", policy, *words).code

    assert code(s3) == ALLOWED
    assert code(s3, sqs) == DENIED, "each file is a level, and every level must allow"
    assert code(f"root={s3}", f"root={sqs}") == ALLOWED, "two policies of one level"
    assert code(f"root={s3}", f"ou={sqs}") == DENIED


def test_grants_and_block_public_access(run: Run) -> None:
    grants = {
        "Grants": [
            {
                "GrantId": "g1",
                "GranteePrincipal": f"{A}:user/ana",
                "Operations": ["Decrypt"],
                "Constraints": {"EncryptionContextSubset": {"Department": "IT"}},
            }
        ]
    }
    key_policy = policy_file("key.json", {**allow("kms:*"), "Principal": {"AWS": f"{A}:user/ben"}})
    words = ["can", "user/ana", "kms:Decrypt", KEY, "--resource-policy", key_policy]
    words += ["--key-grants", write(Path("grants.json"), json.dumps(grants))]
    assert run(*words).code == DENIED
    in_context = (*words, "--context", "kms:EncryptionContext:Department=IT")
    result = run(*in_context)
    assert result.code == ALLOWED
    assert "by KMS grant g1" in result.out
    # A limit that nobody here understands is not left out, and a grant on another key gives nothing on this one.
    for more, message in (
        ({"Constraints": {"OnlyOnSundays": True}}, "is no constraint that passrole knows"),
        ({"Constraints": {"EncryptionContextSubset": None}}, "is missing"),
        ({"KeyId": "arn:aws:kms:us-east-1:111122223333:key/other"}, "is a grant on"),
    ):
        write(Path("grants.json"), json.dumps({"Grants": [{**grants["Grants"][0], **more}]}))
        result = run(*in_context)
        assert (result.code, result.out) == (USAGE, "")
        assert message in result.err
    write(Path("grants.json"), json.dumps({"Grants": [{**grants["Grants"][0], "KeyId": KEY}]}))
    assert run(*in_context).code == ALLOWED

    bucket = policy_file("bucket.json", {**allow("s3:GetObject"), "Principal": "*"})
    assert run("can", "*", "s3:GetObject", OBJECT, "--resource-policy", bucket).code == ALLOWED
    result = run("can", "*", "s3:GetObject", OBJECT, "--resource-policy", bucket, "--restrict-public-buckets")
    assert result.code == DENIED
    assert "S3 Block Public Access" in result.out


def test_authorization_details(run: Run) -> None:
    words = ("--authorization-details", details_file())
    assert run("can", "user/ana", "s3:GetObject", OBJECT, *words).code == ALLOWED
    assert run("can", "user/ana", "s3:GetObject", OBJECT.replace("ana", "ben"), *words).code == DENIED
    assert run("can", "ec2.amazonaws.com", "sts:AssumeRole", "role/app", *words).code == ALLOWED
    assert run("can", "role/app", "kms:Decrypt", KEY, *words).code == ALLOWED
    result = run("can", "user/ana", "s3:GetObject", OBJECT, *words)
    assert "by group/readers inline policy p statement 1" in result.out
    assert "supposes: no service control policy limits the account" in result.out
    blocked = run("can", "user/ana", "s3:GetObject", OBJECT, *words, "--scp", policy_file("scp.json", deny("s3:*")))
    assert blocked.code == DENIED
    more = run(
        "can", "user/ana", "s3:PutObject", OBJECT, *words, "--policy", policy_file("more.json", allow("s3:Put*"))
    )
    assert more.code == ALLOWED, "what if this policy were attached, too"


@pytest.mark.usefixtures("vm_import")
def test_files_beside_the_embedded_account(run: Run) -> None:
    bucket = policy_file("bucket.json", deny("s3:*", Principal="*"))
    question = ("can", "role/vmimport", "s3:GetObject", "arn:aws:s3:::disk-images/vm.ova")
    assert run(*question).code == ALLOWED
    # Files alone say nothing of the role; the option that names the account brings it in.
    assert run(*question, "--resource-policy", bucket).code == DENIED
    file = os.environ["PASSROLE_ACCOUNT_FILE"]
    result = run(*question, "--account-file", file, "--resource-policy", bucket)
    assert (result.code, "by bucket.json statement 1" in result.out) == (DENIED, True)


class TestThreeValued:
    """What is not said of the surroundings is not known, and the answer says on what it rests."""

    def test_what_would_allow(self, run: Run) -> None:
        words = ("can", "user/ben", "s3:GetObject", OBJECT, "--authorization-details", details_file())
        result = run(*words)
        assert result.code == UNDECIDED
        assert "depends on aws:MultiFactorAuthPresent: allowed with true" in result.out
        assert "--context aws:MultiFactorAuthPresent=true" in result.out
        assert run(*words, "--context", "aws:MultiFactorAuthPresent=true").code == ALLOWED
        assert run(*words, "--context", "aws:MultiFactorAuthPresent=false").code == DENIED
        assert run(*words, "--without", "aws:MultiFactorAuthPresent").code == DENIED
        assert run(*words, "--without", "*").code == DENIED
        value = run(*words, "--output", "json").json()
        assert value["depends_on"] == [
            {
                "key": "aws:MultiFactorAuthPresent",
                "would_allow": ["true"],
                "others_allow": False,
                "absent_allows": False,
            }
        ]

    def test_parameters_of_the_request_are_absent_unless_given(self, run: Run) -> None:
        own = policy_file("own.json", allow("s3:ListBucket", Condition={"StringLike": {"s3:prefix": "ana/*"}}))
        question = ("can", "user/ana", "s3:ListBucket", "arn:aws:s3:::reports", "--policy", own)
        assert run(*question).code == DENIED
        assert run(*question, "--context", "s3:prefix=ana/x").code == ALLOWED

    def test_called_via(self, run: Run) -> None:
        via = {"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}
        own = policy_file("own.json", allow("s3:*", Condition=via))
        question = ("can", "user/ana", "s3:GetObject", OBJECT, "--policy", own)
        assert run(*question).code == DENIED
        assert run(*question, "--called-via", "athena.amazonaws.com").code == ALLOWED
        assert run(*question, "--called-via", "cloudformation.amazonaws.com").code == DENIED

    def test_one_value_of_a_multivalued_key_of_a_service(self, run: Run) -> None:
        """kms:EncryptionContextKeys is a list by AWS's own table, also when it has one value."""
        quantified = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["Department"]}}
        own = policy_file("own.json", allow("kms:Decrypt", Condition=quantified))
        question = ("can", "user/ana", "kms:Decrypt", KEY, "--policy", own)
        assert run(*question, "--context", "kms:EncryptionContextKeys=Department").code == ALLOWED
        plain = {"StringEquals": {"kms:EncryptionContextKeys": "Department"}}
        own = policy_file("own.json", allow("kms:Decrypt", Condition=plain))
        assert run(*question, "--context", "kms:EncryptionContextKeys=Department").code == DENIED


def test_what_iam_would_refuse_is_told_and_evaluated(run: Run) -> None:
    own = policy_file("own.json", {**allow("s3:GetObject"), "Principal": "*"})
    result = run("can", "user/ana", "s3:GetObject", OBJECT, "--policy", own)
    assert result.code == DENIED
    assert "warning" in result.err
    assert "own.json:8:26" in result.err


def test_a_managed_policy_of_aws_is_no_other_account_s(run: Run) -> None:
    own = policy_file("own.json", allow("iam:GetPolicy"))
    words = ("can", "user/ana", "iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess", "--policy", own)
    assert run(*words).code == ALLOWED
    condition = {"StringNotEquals": {"aws:ResourceAccount": "111122223333"}}
    result = run(*words, "--policy", policy_file("other.json", deny("*", Condition=condition)))
    assert result.code == UNDECIDED
    assert "depends on aws:ResourceAccount" in result.out


def test_whose_a_bucket_is_taken_to_be_is_told_where_it_decides(run: Run) -> None:
    ana = {**allow("s3:GetObject"), "Principal": {"AWS": f"{A}:user/ana"}}
    own, bucket = policy_file("own.json", allow("s3:GetObject")), policy_file("bucket.json", ana)
    words = ("can", "user/ana", "s3:GetObject", OBJECT, "--resource-policy", bucket)
    result = run(*words)
    assert result.code == ALLOWED
    assert "supposes: the resource is of account 111122223333" in result.out
    assert run(*words, "--resource-account", "444455556666").code == DENIED
    for more in (("--resource-account", "111122223333"), ("--policy", own)):
        result = run(*words, *more)
        assert result.code == ALLOWED
        assert "supposes" not in result.out


def test_another_account_s_policies_are_not_supposed(run: Run) -> None:
    queue = "arn:aws:sqs:us-east-1:444455556666:q"
    own = policy_file("own.json", allow("*"))
    words = ("can", "user/ana", "sqs:SendMessage", queue, "--policy", own)
    result = run(*words, "--authorization-details", details_file())
    assert result.code == UNDECIDED
    assert f"the policy of `{queue}` is in account 444455556666" in result.out
    assert run(*words).code == DENIED, "of files alone there is none"


def test_the_files_are_the_policies_behind_a_federated_session(run: Run) -> None:
    session = policy_file("session.json", allow("s3:*"))
    words = ("can", "arn:aws:sts::111122223333:federated-user/bo", "s3:GetObject", OBJECT, "--session-policy", session)
    assert run(*words).code == UNDECIDED
    assert run(*words, "--policy", policy_file("own.json", allow("s3:*"))).code == ALLOWED
    assert run(*words, "--policy", policy_file("own.json", allow("s3:*"), deny("s3:Get*"))).code == DENIED


def test_a_resource_control_policy_on_a_service_that_aws_does_not_list(run: Run) -> None:
    own, rcp = policy_file("own.json", allow("*")), policy_file("rcp.json", {**deny("*"), "Principal": "*"})
    result = run("can", "user/ana", "ec2:StopInstances", "*", "--policy", own, "--rcp", rcp)
    assert result.code == ALLOWED
    assert "`ec2` is not one" in result.err


WRONG = {
    "no file": (("--policy", "nowhere.json"), "`nowhere.json` cannot be read"),
    "no JSON": (("--policy", "text.json"), "`text.json` is no policy"),
    "trust policy of no role": (("--trust-policy", "own.json"), "no trust policy is asked for `s3:GetObject`"),
    "two accounts": (("--authorization-details", "own.json", "--profile", "x"), "names an account"),
    "not details": (("--authorization-details", "own.json"), "has none of UserDetailList"),
    "no key": (("--without", "MultiFactorAuthPresent"), "is no condition key"),
    "given and not": (("--context", "aws:SourceIp=10.0.0.1", "--without", "aws:sourceip"), "taken away by --without"),
    "no grants": (("--key-grants", "text.json"), "`text.json` is not JSON"),
    "grants without grantee": (
        ("--key-grants", "grants.json"),
        "`Grants[0].GranteePrincipal` of `grants.json` is missing",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_meant(name: str, run: Run) -> None:
    policy_file("own.json", allow("s3:*"))
    write(Path("text.json"), "hello")
    write(Path("grants.json"), json.dumps({"Grants": [{"Operations": []}]}))
    words, message = WRONG[name]
    result = run("can", "user/ana", "s3:GetObject", OBJECT, *words)
    assert (result.code, result.out) == (USAGE, "")
    assert message in result.err


def test_a_role_has_no_resource_policy(run: Run) -> None:
    own = policy_file("own.json", allow("s3:*"))
    result = run("can", "user/ana", "sts:AssumeRole", "role/app", "--resource-policy", own)
    assert result.code == USAGE
    assert "--trust-policy own.json" in result.err


class TestWhatToChange:
    WITH_ADDRESS = deny("s3:*", Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})

    def test_a_deny_names_its_place_and_the_value_that_avoids_it(self, run: Run) -> None:
        policy_file("ana.json", allow("s3:*"), self.WITH_ADDRESS)
        words = ("can", "user/ana", "s3:GetObject", OBJECT, "--policy", "ana.json")
        result = run(*words, "--context", "aws:SourceIp=198.51.100.1")
        assert result.code == DENIED
        told = result.out.partition("What would allow it")[2]
        assert "ana.json statement 2  (ana.json:9:9) must not apply" in told
        assert "Condition NotIpAddress aws:SourceIp" in told
        assert "aws:SourceIp: allowed with 203.0.113.0/24" in told
        assert "nothing else is in the way" in told
        value = run(*words, "--context", "aws:SourceIp=198.51.100.1", "--output", "json").json()
        (statement,) = value["denial"]["statements"]
        assert statement["place"] == {"file": "ana.json", "line": 9, "column": 9}
        assert value["denial"]["then"] == "allowed"

    def test_a_deny_that_hides_a_missing_allow(self, run: Run) -> None:
        policy_file("ana.json", deny("s3:*"))
        told = run("can", "user/ana", "s3:GetObject", OBJECT, "--policy", "ana.json").out
        assert "it has no condition: narrow it, or take it out" in told
        assert "that alone is not enough: no identity-based policy allows the action" in told
        assert '"Action": "s3:GetObject",' in told

    def test_all_that_is_missing_at_once(self, run: Run) -> None:
        policy_file("sqs.json", allow("sqs:*"))
        files = ("--policy", "sqs.json", "--boundary", "sqs.json", "--scp", "sqs.json")
        told = run("can", "user/ana", "s3:GetObject", OBJECT, *files).out
        assert "What would allow it: all 3 of these" in told
        assert "this statement in a policy of user/ana (sqs.json):" in told
        assert "this statement in the permissions boundary (sqs.json):" in told
        assert "this statement in a service control policy (those who administer the organization can add it):" in told

    def test_a_statement_that_comes_near(self, run: Run) -> None:
        policy_file("ana.json", allow("s3:ListBucket", "arn:aws:s3:::reports/*"))
        told = run("can", "user/ana", "s3:ListBucket", "arn:aws:s3:::reports", "--policy", "ana.json").out
        assert "ana.json statement 1 allows the action but for its Resource  (ana.json:7:25):" in told
        assert 'add "arn:aws:s3:::reports" to its Resource' in told

    def test_a_condition_that_is_not_met_can_be_asked_for(self, run: Run) -> None:
        policy_file("ana.json", allow("s3:*", Condition={"StringEquals": {"s3:prefix": "home"}}))
        told = run("can", "user/ana", "s3:ListBucket", "arn:aws:s3:::reports", "--policy", "ana.json").out
        assert "to ask for it: --context s3:prefix=home" in told


class TestNotes:
    @pytest.mark.parametrize(
        ("action", "resource", "more", "note"),
        [
            ("s3:GetObject", "arn:aws:s3:::reports", (), "`s3:GetObject` works on"),
            ("s3:GetObject", OBJECT, ("--context", "aws:SourceIp=home"), "`aws:SourceIp` is an IP address"),
            ("s3:GetObject", OBJECT, ("--context", "aws:SecureTransport=yes"), "`true` or `false`"),
            ("s3:ListBucket", "arn:aws:s3:::reports", ("--context", "s3:max-keys=many"), "`s3:max-keys` is a number"),
            ("s3:GetObject", OBJECT, ("--context", "aws:username=bo"), "AWS fills `aws:username` from the principal"),
        ],
    )
    def test_what_no_real_request_has(
        self, action: str, resource: str, more: tuple[str, ...], note: str, run: Run
    ) -> None:
        policy_file("ana.json", allow("s3:*"))
        result = run("can", "user/ana", action, resource, "--policy", "ana.json", *more)
        assert result.code == ALLOWED
        assert note in result.err

    def test_nothing_to_note(self, run: Run) -> None:
        policy_file("ana.json", allow("s3:*"))
        settings = ("--context", "aws:SourceIp=203.0.113.7", "--context", "aws:SecureTransport=true")
        assert run("can", "user/ana", "s3:GetObject", OBJECT, "--policy", "ana.json", *settings).err == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--scp", "root="), "names no file"),
        (("--called-via", "athena"), "`athena` is no service principal"),
        (("--policy", "utf16.json"), "it is UTF-16"),
        (("--key-grants", "ana.json"), "has no `Grants`"),
        (("--account", "444455556666", "--policy", "ana.json"), "is of account 111122223333, not of 444455556666"),
    ],
)
def test_more_that_is_refused(words: tuple[str, ...], says: str, run: Run) -> None:
    policy_file("ana.json", allow("s3:*"))
    Path("utf16.json").write_bytes("{}".encode("utf-16"))
    result = run("can", f"{A}:user/ana", "s3:GetObject", OBJECT, *words)
    assert (result.code, result.out) == (USAGE, "")
    assert says in result.err
    assert "help: " in result.err


def test_a_policy_from_standard_input() -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:*")]})
    result = run_program("can", "user/ana", "s3:GetObject", OBJECT, "--policy", "-", input=text, stdin=None)
    assert (result.code, result.out.partition(" ")[0]) == (ALLOWED, "allowed")
    assert "by standard input statement 1" in result.out


def test_why_a_policy_of_the_resource_must_allow_is_told(run: Run) -> None:
    """An administrator is denied although "identity-based policy: allows" stands there: the answer says why."""
    admin = policy_file("admin.json", allow("*"))
    someone = {**allow("kms:*"), "Principal": {"AWS": f"{A}:user/ben"}}
    key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    result = run(
        "can", "user/ana", "kms:Decrypt", key, "--policy", admin, "--resource-policy", policy_file("k.json", someone)
    )
    assert result.code == DENIED
    assert "identity-based policies count only where the key's policy allows the account" in " ".join(
        result.out.split()
    )
    trusted = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"{A}:user/ben"}}
    role = f"{A}:role/target"
    result = run(
        "can", "user/ana", "sts:AssumeRole", role, "--policy", admin, "--trust-policy", policy_file("t.json", trusted)
    )
    assert result.code == DENIED
    assert "no identity-based policy is enough without it" in " ".join(result.out.split())
    result = run("can", "user/ana", "s3:GetObject", OBJECT, "--policy", admin, "--resource-account", "444455556666")
    assert result.code == DENIED
    assert "the resource is of account 444455556666: its policy must allow" in " ".join(result.out.split())
    own = {**allow("kms:*"), "Principal": {"AWS": f"{A}:root"}}
    result = run(
        "can", "user/ana", "kms:Decrypt", key, "--policy", admin, "--resource-policy", policy_file("o.json", own)
    )
    assert result.code == ALLOWED
    assert "count only where" not in result.out


def test_a_file_of_grants_that_is_none_tells_how_to_make_one(run: Run) -> None:
    key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    for content in ("[]", "{}", "{"):
        Path("grants.json").write_text(content, encoding="utf-8")
        words = ("kms:Decrypt", key, "--policy", policy_file("own.json", allow("*")), "--key-grants", "grants.json")
        result = run("can", "user/ana", *words)
        assert result.code == USAGE
        assert "aws kms list-grants" in result.err
