"""The plugin in test runs of its own: fixtures, reports of failures, the summary, and workers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"

CONFTEST = """
import json
import pytest

def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

def trust(**principal):
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})

READ = {"Sid": "Read", "Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}
KEYS = {"Sid": "Keys", "Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"}

@pytest.fixture
def app(passrole_account):
    iam = passrole_account.client("iam")
    iam.create_user(UserName="bob")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust(AWS=passrole_account.account_id))
    iam.put_role_policy(RoleName="app", PolicyName="p", PolicyDocument=document(READ, KEYS))
"""


@pytest.fixture(autouse=True)
def plugin_alone(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin of this source tree, whether or not passrole is installed; nothing of the person's own AWS settings."""
    for name in os.environ:
        if name.startswith(("AWS_", "PASSROLE_")) or name == "PYTEST_ADDOPTS":
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(CONFTEST)


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "passrole.pytest_plugin", *arguments, timeout=120)


def test_sessions_of_a_role(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import os
        import subprocess
        import sys
        import pytest
        from botocore.exceptions import ClientError
        from conftest import document, trust

        def test_as_role(app, as_role, passrole_account):
            session = as_role("app")
            assert session.client("sts").get_caller_identity()["Arn"] == (
                f"arn:aws:sts::{passrole_account.account_id}:assumed-role/app/pytest")
            assert session.client("iam").get_user(UserName="bob")["User"]["UserName"] == "bob"
            with pytest.raises(ClientError, match="not authorized to perform: iam:ListUsers"):
                session.client("iam").list_users()

        def test_boto3s_session_where_it_is_installed(app, as_role):
            boto3 = pytest.importorskip("boto3")
            assert isinstance(as_role("app"), boto3.session.Session)
            assert as_role("app").resource("iam").User("bob").user_id

        def test_without_boto3(app, as_role, monkeypatch):
            monkeypatch.setattr("passrole.pytest_plugin.role_sessions.find_spec", lambda name: None)
            assert as_role("role/app").client("sts").get_caller_identity()["Arn"].endswith("/app/pytest")

        def test_parameters_of_assume_role(app, as_role):
            limited = as_role("app", session_name="limited", Policy=document({"Effect": "Deny", "Action": "*", "Resource": "*"}))
            with pytest.raises(ClientError, match="assumed-role/app/limited is not authorized"):
                limited.client("iam").get_user(UserName="bob")

        def test_role_of_a_service(passrole_account, as_role):
            iam = passrole_account.client("iam")
            iam.create_role(RoleName="f", AssumeRolePolicyDocument=trust(Service="lambda.amazonaws.com"))
            assert as_role("f").client("sts").get_caller_identity()["Arn"].endswith("assumed-role/f/pytest")
            assert as_role("f", service="lambda.amazonaws.com")
            with pytest.raises(Exception, match="ec2.amazonaws.com is not authorized to perform: sts:AssumeRole"):
                as_role("f", service="ec2.amazonaws.com")

        def test_role_that_nobody_here_may_assume(passrole_account, as_role):
            iam = passrole_account.client("iam")
            iam.create_role(RoleName="far", AssumeRolePolicyDocument=trust(AWS="444455556666"))
            with pytest.raises(Exception, match="role `far` cannot be assumed by this test: .*sts:AssumeRole"):
                as_role("far")

        def test_no_such_role(as_role):
            with pytest.raises(Exception, match="role with name none cannot be found"):
                as_role("none")

        def test_the_environment_of_another_program(app, as_role, passrole_account):
            code = ("from botocore.session import Session as S;"
                    "print(S().create_client('sts').get_caller_identity()['Arn'])")
            for variables, who in (
                (as_role.environment("app"), "assumed-role/app/pytest"),
                (passrole_account.environment, "user/passrole-admin"),
            ):
                done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **variables},
                                      capture_output=True, text=True, check=True)
                assert who in done.stdout
        """
    )
    run(pytester).assert_outcomes(passed=8)


def test_what_a_test_changes_is_taken_back(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from botocore.exceptions import ClientError
        from conftest import trust

        @pytest.fixture(scope="module")
        def kept(passrole_server):
            passrole_server.client("iam").create_user(UserName="kept")

        def names(account):
            return [user["UserName"] for user in account.client("iam").list_users()["Users"]]

        @pytest.mark.parametrize("number", [1, 2])
        def test_alike(number, kept, app, passrole_account, as_role):
            assert names(passrole_account) == ["bob", "kept", "passrole-admin"]
            iam = passrole_account.client("iam")
            iam.delete_user(UserName="kept")
            iam.create_user(UserName="new")
            with pytest.raises(ClientError):
                as_role("app").client("iam").list_users()

        def test_after_them(passrole_account):
            assert names(passrole_account) == ["kept", "passrole-admin"]

        def test_a_session_of_an_earlier_test_is_void(passrole_account, passrole_server):
            assert passrole_account.client("sts").get_caller_identity()
        """
    )
    run(pytester).assert_outcomes(passed=4)


def test_assertions(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from conftest import document

        BUCKET = "arn:aws:s3:::reports/a.csv"

        @pytest.fixture
        def reader(app, passrole_account):
            passrole_account.client("iam").put_role_policy(
                RoleName="app", PolicyName="s3", PolicyDocument=document(
                    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"},
                    {"Effect": "Deny", "Action": "s3:*", "Resource": "*",
                     "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
                ))

        def test_holds(reader, assert_can, assert_cannot):
            secure = {"aws:SecureTransport": "true"}
            assert_can("app", "s3:GetObject", BUCKET, context=secure)
            assert_can("role/app", "s3:GetObject", BUCKET, secure)
            assert_cannot("app", "s3:GetObject", BUCKET, {"aws:SecureTransport": "false"})
            assert_cannot("app", "s3:PutObject", BUCKET)
            assert_cannot("user/bob", "s3:PutObject", BUCKET)

        def test_missing(reader, assert_can):
            assert_can("app", "s3:PutObject", BUCKET, {"aws:SecureTransport": "true"})

        def test_too_much(reader, assert_cannot):
            assert_cannot("app", "s3:GetObject", BUCKET, {"aws:SecureTransport": "true"})

        @pytest.mark.parametrize("name", ["assert_can", "assert_cannot"])
        def test_not_known(name, reader, request):
            request.getfixturevalue(name)("app", "s3:GetObject", BUCKET)

        def test_no_such_action(reader, assert_cannot):
            assert_cannot("app", "s3:GetObjekt", BUCKET)
        """
    )
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=5)
    result.stdout.fnmatch_lines(
        [
            "*AssertionError: role/app cannot s3:PutObject on arn:aws:s3:::reports/a.csv: "
            "no identity-based policy allows s3:PutObject*",
            '*"Action": "s3:PutObject",',
            '*"Resource": "arn:aws:s3:::reports/a.csv"',
            "*AssertionError: role/app can s3:GetObject on arn:aws:s3:::reports/a.csv: "
            "allowed by role/app inline policy s3 statement 1",
            "*AssertionError: whether role/app can s3:GetObject * is not known: it depends on aws:SecureTransport*",
            "*AssertionError: whether role/app can s3:GetObject * is not known: it depends on aws:SecureTransport*",
            "*`s3:GetObjekt` is no action that AWS publishes",
        ]
    )


DENIED = """
    import pytest
    from botocore.exceptions import ClientError

    def test_quiet(app, as_role):
        with pytest.raises(ClientError):
            as_role("app").client("iam").get_role(RoleName="app")

    def test_denied(app, as_role):
        iam = as_role("app").client("iam")
        for _ in range(3):
            with pytest.raises(ClientError):
                iam.list_users()
        iam.delete_user(UserName="bob")

    def test_fails_otherwise(app):
        assert False
"""


def test_a_failing_test_tells_the_missing_permissions(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(DENIED)
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*- passrole: denied until the end of call -*",
            "arn:aws:sts::*:assumed-role/app/pytest was denied iam:ListUsers on arn:aws:iam::*:user/ (3 times)",
            "  no identity-based policy allows iam:ListUsers",
            "  What would allow it",
            "    this statement in a policy of role/app (role/app inline policy p):",
            '*"Action": "iam:ListUsers",',
            "arn:aws:sts::*:assumed-role/app/pytest was denied iam:DeleteUser on arn:aws:iam::*:user/bob",
            '*"Action": "iam:DeleteUser",',
            '*"Resource": "arn:aws:iam::*:user/bob"',
            "in full: passrole why ???????? --account-file *",
        ]
    )
    text = result.stdout.str()
    assert text.count("passrole: denied until") == 1
    assert "was denied iam:GetRole" not in text
    # The command works after the tests: the log is kept with pytest's temporary folders.
    command = re.search(r"in full: passrole (why .*)", text)
    assert command is not None
    done = subprocess.run(
        [sys.executable, "-m", "passrole", *command[1].split()], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "ListUsers (iam.amazonaws.com) by arn:aws:sts::" in done.stdout


def test_a_failing_fixture_tells_them_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def users(app, as_role):
            return as_role("app").client("iam").list_users()

        def test_users(users):
            pass
        """
    )
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*passrole: denied until the end of setup*", "*was denied iam:ListUsers on*"])


USES = """
    def test_get(app, as_role):
        as_role("app").client("iam").get_user(UserName="bob")

    def test_nothing(app, passrole_account):
        passrole_account.client("iam").create_group(GroupName="g")
        passrole_account.client("iam").put_group_policy(
            GroupName="g", PolicyName="q", PolicyDocument=__import__("conftest").document(
                {"Effect": "Deny", "Action": ["s3:*", "ec2:*"], "Resource": "*"}))
"""


def test_statements_that_no_test_used(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(USES)
    result = run(pytester)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "*= passrole: statements that no test used =*",
            "group/g inline policy q statement 1: Deny s3:[*], ec2:[*]",
            "role/app inline policy p statement 2 (Keys): Allow iam:CreateAccessKey",
            "2 of 3 statements",
        ],
    )


def test_an_assertion_uses_statements_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_both(app, assert_can):
            assert_can("app", "iam:GetUser", "arn:aws:iam::111122223333:user/bob")
            assert_can("app", "iam:CreateAccessKey", "arn:aws:iam::111122223333:user/bob")
        """
    )
    result = run(pytester)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*statements that no test used*", "none: tests used all 2 statements"])


def test_workers_have_accounts_of_their_own_and_one_summary(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_one=f"""
        import os, time
        {USES}
        """,
        test_two="""
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_alone(number, app, passrole_account, passrole_server, tmp_path_factory, worker_id):
            # Each worker makes the same names at the same time.
            users = passrole_account.client("iam").list_users()["Users"]
            assert [user["UserName"] for user in users] == ["bob", "passrole-admin"]
            assert worker_id in str(passrole_server.account_file)

        def test_denied(app, as_role):
            as_role("app").client("iam").list_users()
        """,
    )
    result = run(pytester, "-p", "xdist", "-n", "2", "--dist", "loadfile")
    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*passrole: denied until the end of call*",
            "*was denied iam:ListUsers on*",
            "*statements that no test used*",
            "group/g inline policy q statement 1: Deny s3:[*], ec2:[*]",
            "role/app inline policy p statement 2 (Keys): Allow iam:CreateAccessKey",
            "2 of 3 statements",
        ]
    )


BUCKETS = """
    import pytest
    from botocore.exceptions import ClientError
    from conftest import document

    @pytest.fixture
    def reports(app, passrole_account):
        s3 = passrole_account.client("s3")
        s3.create_bucket(Bucket="reports")
        s3.put_object(Bucket="reports", Key="a.csv", Body=b"1")
        passrole_account.client("iam").put_role_policy(
            RoleName="app", PolicyName="s3", PolicyDocument=document(
                {"Sid": "Get", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}))
        return s3

    def test_get(reports, as_role):
        assert as_role("app").client("s3").get_object(Bucket="reports", Key="a.csv")["Body"].read() == b"1"

    def test_copy(reports, as_role):
        s3 = as_role("app").client("s3")
        s3.copy_object(Bucket="reports", Key="b.csv", CopySource="reports/a.csv", Tagging="k=v", TaggingDirective="REPLACE")
        assert reports.get_object(Bucket="reports", Key="b.csv")["Body"].read() == b"1"

    def test_what_a_test_stores_is_forgotten(passrole_account):
        assert passrole_account.client("s3").list_buckets()["Buckets"] == []
"""


def test_calls_to_other_services(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BUCKETS)
    result = run(pytester)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*passrole: denied until the end of call*",
            "*assumed-role/app/pytest was denied s3:PutObject on arn:aws:s3:::reports/b.csv (asked by s3:CopyObject)",
            "  no identity-based policy allows s3:PutObject*",
            '*"Action": "s3:PutObject",',
            '*"Resource": "arn:aws:s3:::reports/b.csv"',
            "*statements that no test used*",
            "2 of 3 statements",
        ]
    )


def test_assertions_ask_the_policies_of_buckets(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        BUCKETS
        + """
    def test_bucket_policy(reports, assert_can, assert_cannot):
        deny = {"Sid": "Not", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/secret/*"}
        reports.put_bucket_policy(Bucket="reports", Policy=document(deny))
        assert_can("app", "s3:GetObject", "arn:aws:s3:::reports/a.csv")
        assert_cannot("app", "s3:GetObject", "arn:aws:s3:::reports/secret/b.csv")
        assert_can("app", "s3:GetObject", "arn:aws:s3:::reports/secret/b.csv")
    """
    )
    result = run(pytester, "-k", "bucket_policy")
    result.assert_outcomes(failed=1, deselected=3)
    result.stdout.fnmatch_lines(["*AssertionError: role/app cannot s3:GetObject on *: denied by *statement 1 (Not)*"])


def test_soft_lets_everything_through_and_tells_all_of_it(pytester: pytest.Pytester) -> None:
    """Each call is asked to its end: what a copy lacks is told at once."""
    pytester.makepyfile(BUCKETS)
    result = run(pytester, "--passrole=soft")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            "passrole: what policies deny is let through, and told at the end (--passrole=soft)",
            "*= passrole: let through, and would be denied =*",
            "role/app: s3:PutObject on arn:aws:s3:::reports/b.csv: no identity-based policy allows s3:PutObject*",
            "role/app: s3:PutObjectTagging on arn:aws:s3:::reports/b.csv: no identity-based policy allows *",
            "the least policy of role/app: passrole tighten --principal role/app --with-denied --account-file *",
            "*statements that no test used*",
        ]
    )
    # The roles are gone with their tests, and the command works all the same.
    command = re.search(r"the least policy of role/app: passrole (tighten .*)", result.stdout.str())
    assert command is not None
    done = subprocess.run(
        [sys.executable, "-m", "passrole", *command[1].split()], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "s3:PutObjectTagging" in done.stdout


def test_region_and_account(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\npassrole_region = cn-north-1\npassrole_account_id = 000000000000")
    pytester.makepyfile(
        """
        def test_it(app, as_role, passrole_account):
            assert passrole_account.account_id == "000000000000"
            session = as_role("app")
            assert session.client("sts").get_caller_identity()["Arn"] == (
                "arn:aws-cn:sts::000000000000:assumed-role/app/pytest")
            assert session.client("ec2").meta.region_name == "cn-north-1"
        """
    )
    run(pytester).assert_outcomes(passed=1)


def test_report_tells_the_test_s_own_denials_alone(pytester: pytest.Pytester) -> None:
    """How its session came about is not among them: the administrator may not assume a role that is for a service."""
    pytester.makepyfile(
        """
        from conftest import READ, document, trust

        def test_it(passrole_account, as_role):
            iam = passrole_account.client("iam")
            iam.create_role(RoleName="lambda", AssumeRolePolicyDocument=trust(Service="lambda.amazonaws.com"))
            iam.put_role_policy(RoleName="lambda", PolicyName="p", PolicyDocument=document(READ))
            as_role("lambda").client("iam").list_users()
        """
    )
    result = run(pytester)
    result.assert_outcomes(failed=1)
    denials = [line for line in result.stdout.lines if " was denied " in line]
    assert denials == [
        "arn:aws:sts::111122223333:assumed-role/lambda/pytest was denied iam:ListUsers on "
        "arn:aws:iam::111122223333:user/"
    ]


def test_off(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BUCKETS)
    result = run(pytester, "--passrole=off")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["passrole: NOTHING IS ENFORCED (--passrole=off)"])
    assert "would be denied" not in result.stdout.str()


@pytest.mark.parametrize("mode", ["soft", "off"])
def test_modes_are_of_iam_too_and_need_no_moto(mode: str, pytester: pytest.Pytester) -> None:
    """A role that lets only a service in is assumed as that service all the same, and that is no denial."""
    pytester.makepyfile(
        without_moto="""
        import importlib.util
        find = importlib.util.find_spec
        importlib.util.find_spec = lambda name, *more: None if name == "moto" else find(name, *more)
        """,
        test_it="""
        from conftest import READ, document, trust

        def test_it(passrole_account, as_role):
            iam = passrole_account.client("iam")
            iam.create_role(RoleName="lambda", AssumeRolePolicyDocument=trust(Service="lambda.amazonaws.com"))
            iam.put_role_policy(RoleName="lambda", PolicyName="p", PolicyDocument=document(READ))
            as_role("lambda").client("iam").list_users()
        """,
    )
    result = pytester.runpytest_subprocess("-p", "without_moto", "-p", "passrole.pytest_plugin", f"--passrole={mode}")
    result.assert_outcomes(passed=1)
    told = [line for line in result.stdout.lines if ": iam:" in line or ": sts:" in line]
    if mode == "off":
        assert told == []
    else:
        assert told == [
            "role/lambda: iam:ListUsers on arn:aws:iam::111122223333:user/: no identity-based policy allows iam:ListUsers"
        ]


def test_a_run_that_uses_none_of_it_says_and_imports_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_it():
            loaded = [name for name in sys.modules if name.startswith("passrole")]
            assert sorted(loaded) == ["passrole", "passrole.pytest_plugin", "passrole.pytest_plugin.watch"]
            assert not {"botocore", "sqlalchemy", "click", "boto3"} & set(sys.modules)
        """
    )
    result = run(pytester, "--passrole=enforce")
    result.assert_outcomes(passed=1)
    assert "passrole: " not in result.stdout.str()
