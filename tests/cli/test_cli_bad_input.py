"""Bad input: one clear message that says what to do next, the right exit code, no traceback, and nothing done."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cli.command_line import Run, sets

USAGE, CONFIGURATION = 252, 253
BUCKET = tuple(sets(import_bucket="disk-images"))
Prepare = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Case:
    """`says` must stand in the message, `next` after `help:`; `prepare` gets the folder that the command runs in."""

    arguments: tuple[str, ...]
    code: int
    says: str
    next: str
    prepare: Prepare | None = None
    variables: tuple[tuple[str, str], ...] = ()


def file(name: str, content: str | bytes) -> Prepare:
    data = content if isinstance(content, bytes) else content.encode()

    def make(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return make


def folder(name: str) -> Prepare:
    return lambda parent: (parent / name).mkdir()


def plan(*arguments: str) -> tuple[str, ...]:
    return ("plan", "vm-import", *arguments)


def toml(text: str | bytes) -> Prepare:
    return file("passrole.toml", text)


WORDS = {
    "unknown command": Case(("plam",), USAGE, "no command `plam`", "passrole --help"),
    "unknown command, near": Case(("veryfy",), USAGE, "did you mean `passrole verify`?", "passrole --help"),
    "unknown inner command": Case(("data", "stauts"), USAGE, "did you mean `passrole data status`?", "data --help"),
    "empty command": Case(("",), USAGE, "no command ``", "passrole --help"),
    "unknown option": Case(plan("--sett", "a=b"), USAGE, "did you mean `--set`?", "passrole plan --help"),
    "unknown global option": Case(("--nope",), USAGE, "no such option `--nope`", "passrole --help"),
    "option without its value": Case(plan("--set"), USAGE, "`--set` requires an argument", "passrole plan --help"),
    "one word too many": Case(plan("b"), USAGE, "unexpected extra argument (b)", "passrole plan --help"),
    "a word missing": Case(("can", "role/x"), USAGE, "missing argument `ACTION`", "passrole can --help"),
    "bad choice": Case(plan("--variant", "best"), USAGE, "`best` is not one of", "passrole plan --help"),
    "bad colour": Case(("recipes", "--color", "blue"), USAGE, "`blue` is not one of", "passrole recipes --help"),
    "bad number": Case(("serve", "--port", "x"), USAGE, "invalid value for `--port`", "passrole serve --help"),
    "a quota twice": Case(
        ("serve", "--quota", "RolesQuota=1", "--quota", "RolesQuota=2"),
        USAGE,
        "`--quota RolesQuota` is given twice, with 1 and 2",
        "give it once",
    ),
    "whose calls, of nobody": Case(
        ("decisions", "--unauthenticated", "--principal", "role/app"), USAGE, "nobody that is known", "leave out"
    ),
    "quota without a number": Case(("serve", "--quota", "RolesQuota"), USAGE, "--quota", "passrole serve --help"),
    "quota that is none": Case(
        ("serve", "--quota", "roles=5"), USAGE, "there is no quota `roles`", "GetAccountSummary"
    ),
    "port out of range": Case(("serve", "--port", "65536"), USAGE, "not in the range", "passrole serve --help"),
    "unknown variable": Case(
        ("recipes",), USAGE, "`PASSROLE_ACOUNT`", "PASSROLE_ACCOUNT_FILE", variables=(("PASSROLE_ACOUNT", "x"),)
    ),
    "empty name": Case(("plan", ""), USAGE, "invalid value for `NAME`: it is empty", "plan --help"),
    "empty profile": Case(plan("--profile", ""), USAGE, "`--profile`: it is empty", "plan --help"),
    "empty endpoint": Case(plan("--endpoint-url", ""), USAGE, "`--endpoint-url`: it is empty", "plan --help"),
    "empty region": Case(plan("--region", ""), USAGE, "`--region`: it is empty", "plan --help"),
    "empty account file": Case(plan("--account-file", ""), USAGE, "`--account-file`: it is empty", "plan --help"),
    "empty out": Case(plan("--out", ""), USAGE, "`--out`: it is empty", "plan --help"),
    "control character": Case(plan("--region", "us\x1b[8m"), USAGE, "control character (U+001B)", "plan --help"),
    "not UTF-8": Case(plan("--profile", "\udcff"), USAGE, "it is not text in UTF-8", "plan --help"),
    "not an account id": Case(plan("--account", "1234"), USAGE, "`1234` is not an account id", "plan --help"),
    "account id in other digits": Case(plan("--account", "１" * 12), USAGE, "is not an account id", "plan --help"),
    "unknown region": Case(plan(*BUCKET, "--region", "moon-1"), USAGE, "`moon-1` is not", "us-east-1"),
    "two accounts": Case(plan("--account-file", "a", "--aws"), USAGE, "and --aws", "give one of them"),
    "unknown schema": Case(("schema", "plam"), USAGE, "no schema `plam`", "did you mean `plan`?"),
    "show without a name": Case(("show",), USAGE, "no recipe is named", "passrole recipes"),
    "two questions": Case(("show", "sms", "--difference", "--operator-policy"), USAGE, "two questions", "ask one"),
    "difference of one variant": Case(
        ("show", "sms", "--difference", "--variant", "documented"), USAGE, "both variants", "leave out --variant"
    ),
    "task of no policy": Case(("show", "sms", "--task", "apply"), USAGE, "`--task`", "add --operator-policy"),
}

PARAMETERS = {
    "missing": Case(plan(), USAGE, "`import_bucket` is missing", "passrole show vm-import"),
    "misspelt": Case(plan(*sets(import_bukket="b")), USAGE, "no parameter `import_bukket`", "`import_bucket`?"),
    "impossible bucket": Case(plan(*sets(import_bucket="Disk_Images")), USAGE, "lower-case", "`disk-images` would"),
    "bucket like an address": Case(plan(*sets(import_bucket="192.168.0.1")), USAGE, "IP address", "show vm-import"),
    "bucket in unicode": Case(plan(*sets(import_bucket="bücket")), USAGE, "cannot be `bücket`", "show vm-import"),
    "very long": Case(plan(*sets(import_bucket="b" * 90_000)), USAGE, "3 to 63 characters", "show vm-import"),
    "line feed": Case(plan(*sets(import_bucket="b-1\n")), USAGE, "control character (U+000A)", "type the value anew"),
    "value not UTF-8": Case(plan(*sets(import_bucket="\udcff")), USAGE, "not text in UTF-8", "type the value anew"),
    "key alias": Case(
        ("plan", "session-manager", *sets(kms_key_arn="alias/logs")),
        USAGE,
        "this is an alias",
        "aws kms describe-key --key-id alias/logs --query KeyMetadata.Arn",
    ),
    "key id": Case(("plan", "session-manager", *sets(kms_key_arn="1234abcd")), USAGE, "not the ARN of a", "list-keys"),
    "boolean": Case(plan(*BUCKET, *sets(kms="maybe")), USAGE, "`kms` cannot be `maybe`", "passrole show vm-import"),
    "no equals sign": Case(plan("--set", "import_bucket"), USAGE, "is not NAME=VALUE", "--set import_bucket="),
    "no name": Case(plan("--set", "=x"), USAGE, "`=x` is not NAME=VALUE", "--set import_bucket="),
    "twice": Case(plan(*BUCKET, *BUCKET), USAGE, "`import_bucket` is set twice", "parted by commas"),
    "name too long": Case(plan(*BUCKET, *sets(role_name="r" * 65)), USAGE, "at most 64", "show vm-import"),
    "unknown recipe": Case(("plan", "nothing"), USAGE, "no recipe `nothing`", "`dms-roles`"),
    "unknown recipe, near": Case(("apply", "vm-imprt"), USAGE, "no recipe `vm-imprt`", "did you mean `vm-import`?"),
    "label of two words": Case(plan(*BUCKET, "--label", "a b"), USAGE, "`a b` cannot name a set-up", "--label web-1"),
    "label with a path": Case(plan(*BUCKET, "--label", "../x"), USAGE, "cannot name a set-up", "--label web-1"),
    "label too long": Case(plan(*BUCKET, "--label", "x" * 65), USAGE, "cannot name a set-up", "--label web-1"),
    "nothing named": Case(("plan",), USAGE, "there is no `passrole.toml` here", "passrole recipes"),
    "destroy what is not there": Case(
        ("destroy", "x", "--account-file", "a.db"), CONFIGURATION, "no embedded", "apply"
    ),
}

FILES = {
    "no such file": Case(("plan", "--file", "nope.toml"), USAGE, "`nope.toml` cannot be read", "name a TOML file"),
    "file is a folder": Case(("plan", "--file", "."), USAGE, "`.` cannot be read", "name a TOML file"),
    "passrole.toml is a folder": Case(("plan",), USAGE, "cannot be read", "TOML", folder("passrole.toml")),
    "not TOML": Case(("plan",), USAGE, "not valid TOML", "", toml("[set-up")),
    "empty TOML": Case(("plan",), USAGE, "`set-up` is missing", "[set-up.vm-import]", toml("")),
    "not UTF-8": Case(("plan",), USAGE, "is not UTF-8 text", "save it in that encoding", toml(b"\xff\xfea")),
    "unknown key": Case(("plan",), USAGE, "unknown key `recipes`", "`recipe`?", toml('[set-up.a]\nrecipes = "sms"')),
    "number for a bucket": Case(
        ("plan",),
        USAGE,
        "a string is needed",
        'write "3" in quotes',
        toml("[set-up.vm-import.parameters]\nimport_bucket = 3"),
    ),
    "NaN": Case(("plan",), USAGE, "must be a string", '"nan"', toml("[set-up.sms.parameters]\nrole_name = nan")),
    "set twice": Case(("plan",), USAGE, "cannot overwrite", "", toml('[set-up.sms]\nrecipe="a"\nrecipe="b"')),
    "unknown recipe in a file": Case(
        ("plan",),
        USAGE,
        "the set-up `a` needs it, says passrole.toml:1:1",
        "--recipes",
        toml('[set-up.a]\nrecipe = "b"'),
    ),
    "unknown set-up of a file": Case(
        ("plan", "vm-import", "--file", "passrole.toml"),
        USAGE,
        "no set-up `vm-import`",
        "it has roles",
        toml('[set-up.roles]\nrecipe = "dms-roles"'),
    ),
    "settings for all of a file": Case(
        ("plan", *BUCKET), USAGE, "need the name", "name one of roles", toml('[set-up.roles]\nrecipe = "dms-roles"')
    ),
    "recipes are not there": Case(("recipes", "--recipes", "no"), USAGE, "not a folder of recipes", ".toml files"),
    "recipes in the environment": Case(
        ("show", "sms"), USAGE, "`no` is not a folder", ".toml files", variables=(("PASSROLE_RECIPES", "no"),)
    ),
    "recipe is not TOML": Case(("recipes", "--recipes", "."), USAGE, "expected '='", "", file("a.toml", "x")),
    "recipe is not UTF-8": Case(("recipes", "--recipes", "."), USAGE, "not UTF-8", "save it", file("a.toml", b"\xff")),
    "recipe is not complete": Case(
        ("plan", "a", "--recipes", "."),
        USAGE,
        "`title` is missing",
        "passrole schema recipe",
        file("a.toml", 'format = "passrole-recipe-1"\nname = "a"'),
    ),
    "recipe of a taken name": Case(
        ("plan", "sms", "--recipes", "."),
        USAGE,
        "recipe of passrole's own",
        "another name",
        file("a.toml", 'format = "passrole-recipe-1"\nname = "sms"\ntitle = "a"\nservice = "a"\nsummary = "a"'),
    ),
    "no cases": Case(("conformance", "no.jsonl"), USAGE, "error: `no.jsonl` cannot be read", ""),
    "cases begin with a mark": Case(
        ("conformance", "c"), USAGE, "byte order mark", "README", file("c", b"\xef\xbb\xbf{}")
    ),
    "cases are not JSON": Case(("conformance", "c"), USAGE, "`c` is not JSON", "README", file("c", "{")),
    "cases nested deeply": Case(("conformance", "c"), USAGE, "nested too deeply", "README", file("c", "[" * 99_999)),
    "cases are not UTF-8": Case(
        ("conformance", "c"), USAGE, "not text in UTF-8", "save it as UTF-8", file("c", b"\xff\xfe")
    ),
    "a file without cases": Case(("conformance", "c"), USAGE, "there is no case", "README", file("c", "")),
    "cases of another shape": Case(
        ("conformance", "c"), USAGE, "`c` is not a file of cases", "README", file("c", "[]")
    ),
}


def damaged(path: Path) -> None:
    connection = sqlite3.connect(path / "a.db")
    connection.execute("create table account(x)")
    connection.commit()
    connection.close()
    data = (path / "a.db").read_bytes()
    (path / "a.db").write_bytes(data[:100] + b"\0" * (len(data) - 100))


def foreign(path: Path) -> None:
    connection = sqlite3.connect(path / "a.db")
    connection.execute("create table other(x)")
    connection.commit()
    connection.close()


def read_only(path: Path) -> None:
    (path / "a.db").write_bytes(b"")
    (path / "a.db").chmod(0o400)


HERE = ("--account-file", "a.db")
ACCOUNT_FILES = {
    "folder": Case(plan(*BUCKET, "--account-file", "."), CONFIGURATION, "is a directory", "--account-file PATH"),
    "not a database": Case(
        plan(*BUCKET, *HERE), CONFIGURATION, "not an SQLite", "another file", file("a.db", "x" * 999)
    ),
    "damaged": Case(plan(*BUCKET, *HERE), CONFIGURATION, "is damaged", "restore it from a copy", damaged),
    "of another program": Case(plan(*BUCKET, *HERE), CONFIGURATION, "of another program", "another file", foreign),
    "read-only": Case(plan(*BUCKET, *HERE), CONFIGURATION, "cannot be written", "chmod u+rw", read_only),
    "below a file": Case(
        plan(*BUCKET, "--account-file", "a/b.db"), CONFIGURATION, "is not a directory", "another", file("a", "x")
    ),
    "impossible name": Case(
        plan(*BUCKET, "--account-file", "x" * 300), CONFIGURATION, "file name too long", "--account-file PATH"
    ),
    "device": Case(plan(*BUCKET, "--account-file", os.devnull), CONFIGURATION, "is not a file", "another file"),
    "not there, for can": Case(
        ("can", "role/a", "s3:GetObject", "*", *HERE), CONFIGURATION, "there is no embedded account", "passrole apply"
    ),
    "not there, for verify": Case(("verify", "sms", *HERE), CONFIGURATION, "no embedded account", "passrole apply"),
    "empty, for verify": Case(("verify", "sms", *HERE), CONFIGURATION, "no embedded", "apply", file("a.db", "")),
    "not there, for env": Case(("env", *HERE), CONFIGURATION, "there is no account file", "passrole serve"),
}

ALL = {
    f"{group}: {name}": case
    for group, cases in (("words", WORDS), ("parameters", PARAMETERS), ("files", FILES), ("accounts", ACCOUNT_FILES))
    for name, case in cases.items()
}


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("name", ALL)
def test_bad_input_is_told_and_nothing_is_made(
    name: str, run: Run, machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = ALL[name]
    if case.prepare:
        case.prepare(machine)
    for variable, value in case.variables:
        monkeypatch.setenv(variable, value)
    before = contents(tmp_path)
    result = run(*case.arguments)
    assert result.code == case.code, result.err
    assert result.out == ""
    assert case.says in result.err
    assert result.err.count("\nerror: ") + result.err.startswith("error: ") == 1, result.err
    if case.next:
        helps = [line for line in result.err.splitlines() if "help: " in line]
        assert any(case.next in line for line in helps), result.err
    assert all(len(line) < 700 for line in result.err.splitlines())
    assert contents(tmp_path) == before


@pytest.mark.parametrize("says", ["error: ", "  help: "])
def test_a_message_names_input_in_backticks_without_a_full_stop(says: str, run: Run) -> None:
    lines = [line for line in run("plan", "--sett", "a=b").err.splitlines() if line.startswith(says)]
    assert len(lines) == 1
    assert not lines[0].endswith(".")
    assert "'" not in lines[0]


def test_all_mistakes_are_told_at_once(run: Run, machine: Path) -> None:
    (machine / "passrole.toml").write_text(
        '[set-up.vm-import.parameters]\nimport_bucket = "Up"\nfoo = "x"\n[set-up.roles]\nrecipe = "dms-roles"\n'
        '[set-up.roles.parameters]\nbar = "y"\n'
    )
    result = run("plan")
    assert result.code == USAGE
    assert "3 problems with the parameters of `vm-import` and `roles`" in result.err
    for place in ("passrole.toml:2:1", "passrole.toml:3:1", "passrole.toml:7:1"):
        assert f"--> {place}" in result.err


def test_a_fault_of_passroles_own_is_told_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from passrole.cli import main as module

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("as if")

    monkeypatch.setattr(module.cli, "main", fail)
    assert module.main(["recipes"]) == 1
    caught = capsys.readouterr().err
    assert "fault of its own: RuntimeError: as if" in caught
    assert "--debug" in caught


def test_debug_shows_the_traceback_of_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    from passrole.cli.main import main

    for arguments in (["--debug", "plan", "nothing"], ["plan", "nothing", "--debug"]):
        assert main(arguments) == USAGE
        caught = capsys.readouterr().err
        assert "Traceback" in caught
        assert "error: there is no recipe `nothing`" in caught


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write everywhere: for a moment it acts as user 65534. Anyone else stays who they are."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.mark.parametrize("is_there", [True, False])
def test_someone_without_the_right_to_write_is_told(is_there: bool, run: Run) -> None:
    run("apply", "dms-roles", "--yes")  # loads what the other user may not read
    place = Path(tempfile.mkdtemp(prefix="passrole-test-"))
    try:
        if is_there:
            (place / "a.db").write_bytes(b"")
            (place / "a.db").chmod(0o444)
        place.chmod(0o555)
        with as_nobody():
            result = run("apply", "dms-roles", "--yes", "--account-file", str(place / "a.db"))
    finally:
        place.chmod(0o755)
        shutil.rmtree(place)
    assert result.code == CONFIGURATION
    assert "cannot be written" in result.err
    assert "chmod u+rw" in result.err
