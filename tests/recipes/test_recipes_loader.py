"""What the loader says of a recipe that cannot be used: everything at once, each with its place and the next step."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.recipes.recipe_text import SMALL

from passrole.errors import Diagnostic
from passrole.recipes.load import built_in_recipe_names, load_recipe, load_recipes
from passrole.recipes.problems import RecipeError
from passrole.recipes.read import read_recipe
from passrole.recipes.render import render


def findings(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(RecipeError) as caught:
        read_recipe(text, "acme.toml")
    return caught.value.diagnostics


def test_the_small_recipe_is_valid_and_does_what_it_says() -> None:
    recipe = read_recipe(SMALL, "acme.toml")
    values = {"bucket": "files", "mode": "write", "role_name": "backup"}
    state = render(recipe, values, account_id="111122223333", partition="aws", region="eu-west-1")

    (role,) = state.roles
    assert role.name == "backup"
    assert role.inline_policies["access"].to_value() == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::files/*"}
        ],
    }
    (workflow,) = state.workflows
    assert [(step.number, step.actor, step.action, step.resources) for step in workflow.steps] == [
        (1, "service", "sts:AssumeRole", ("arn:aws:iam::111122223333:role/backup",)),
        (2, "role", "s3:GetObject", ("arn:aws:s3:::files/file",)),
    ]


STATEMENT = '[[policies.statements]]\nid = "'

# (text to replace, replacement, code, part of the message, the text at whose line it is, part of the help)
SPOILT = [
    ('service = "acme"\n', "", "R0002", "`service` is missing from recipe `acme`", "format", None),
    ('format = "passrole-recipe-1"', 'format = "passrole-recipe-2"', "R0002", "`format` must be", "format", None),
    ('summary = "A role', 'sumary = "A role', "R0002", "unknown key `sumary`", "sumary", "did you mean `summary`?"),
    ('reason = "Reads the files."\n', "", "R0002", "`reason` is missing from statement `objects`", STATEMENT + "objects", None),
    ('source = "guide#files"\n', "", "R0002", "`source` is missing from statement `objects`", STATEMENT + "objects", None),
    ('when = { keys = true }', 'when = {}', "R0002", "`when` is an empty table", "when = {}", None),
    ("required = true", 'required = "yes"', "R0002", "`required` must be true or false", "required", None),
    ('type = "kms-key-arn"', 'type = "kms-key"', "R0002", "`type` must be", 'type = "kms-key"', "did you mean `kms-key-arn`?"),
    ('action = "sts:AssumeRole"', "action = 7", "R0002", "`action` must be a string or a list", "action = 7", 'quotes: "7"'),
    ('text = "The guide forgets the slash."', 'text = ""', "R0002", "`text` is empty", 'text = ""', None),
    ('resource = "{{keys}}"', 'resource = "{{kees}}"', "R0005", "`{{kees}}` is no parameter", 'resource = "{{kees', "did you mean `keys`?"),
    ('resource = "{{keys}}"', 'resource = "{{keys"', "R0003", "`{{` begins a placeholder", 'resource = "{{keys', None),
    ('name = "{{role_name}}"', 'name = "{{keys}}"', "R0005", "`{{keys}}` is a list", 'name = "{{keys', None),
    ('name = "{{role_name}}"', 'name = "{{each}}"', "R0005", "`{{each}}` has a value only where `for_each`", 'name = "{{each', None),
    ('title = "Acme guide"', 'title = "{{bucket}}"', "R0005", "a placeholder cannot stand here", 'title = "{{', None),
    ('when = { mode = "write" }', 'when = { mood = "write" }', "R0006", "which is no parameter", "mood", "did you mean `mode`?"),
    ('when = { mode = "write" }', 'when = { mode = "rite" }', "R0006", "`mode` is never `rite`", '"rite"', "did you mean `write`?"),
    ('when = { mode = "write" }', 'when = { variant = "old" }', "R0006", "`variant` is never `old`", '"old"', "`documented`"),
    ('when = { keys = true }', 'when = { mode = "read", role_name = "x", partition = "aws-iso" }', "R0006", "`partition` is never `aws-iso`", '"aws-iso"', None),
    ('source = "guide#files"', 'source = "guid"', "R0007", "there is no source `guid`", '"guid"', "did you mean `guide`?"),
    ('trust = "trust"', 'trust = "access"', "R0007", "`access` is of type identity-based policy", 'trust = "access"', None),
    ('policy = "access" }', 'policy = "acces" }', "R0007", "there is no policy `acces`", '"acces"', "did you mean `access`?"),
    ('repairs = ["R1"]', 'repairs = ["R2"]', "R0007", "there is no note `R2`", "repairs", None),
    ('"s3:GetObject" = "Only', '"s3:GetObjects" = "Only', "R0007", "no action in this statement `s3:GetObjects`", "keep_actions", None),
    ('about = "statement:access/objects"', 'about = "statement:access/x"', "R0007", "no statement `access/x`", "about", None),
    ('about = "statement:access/objects"', 'about = "table:x"', "R0007", "no kind of thing `table`", "about", None),
    ('include = "assume"', 'include = "asume"', "R0007", "there is no fragment `asume`", "include", "did you mean `assume`?"),
    ('actor = "role"', 'actor = "roll"', "R0007", "there is no actor `roll`", 'actor = "roll"', "did you mean `role`?"),
    ('id = "access"\n', 'id = "trust"\n', "R0004", "`trust` is the id of two entries of `policies`", 'id = "trust"\ntype = "identity"', None),
    ('id = "keys"\n', 'id = "objects"\n', "R0004", "two statements `objects`", STATEMENT + 'objects"\naction = "kms', None),
    ('choices = ["read", "write"]\n', "", "R0008", "`choices` and type `choice` go together", "[parameters.mode]", None),
    ('default = "acme"', "default = true", "R0008", "the default of `role_name` is not of type `iam-name`", "[parameters.role_name]", None),
    ('default = "acme"', 'default = "{{keys}}"', "R0005", "`{{keys}}` is a list", "default", None),
    ('default = "acme"', 'default = "{{mode}}"', "R0008", "a default can name only parameters above it", "default", None),
    ('required = true', 'required = true\ndefault = "x"', "R0008", "`bucket` is required and has a default", "[parameters.bucket]", None),
    ('list = true', 'list = true\npattern = "["', "R0008", "is not a regular expression", "[parameters.keys]", None),
    ("[parameters.mode]", "[parameters.region]", "R0008", "`region` is a built-in value", "[parameters.region]", None),
    ('bucket = "acme-demo"', 'buckets = "acme-demo"', "R0007", "there is no parameter `buckets`", "buckets", "did you mean `bucket`?"),
    ('resource = "{{keys}}"\n', "", "R0007", "`resource` is missing from statement `keys`", STATEMENT + "keys", None),
    ('principal = { Service = "acme.amazonaws.com" }\n', "", "R0007", "`principal` is missing", STATEMENT + "acme", None),
    ('action = "sts:AssumeRole"', 'action = "sts:AssumeRole"\nresource = "*"', "R0007", "a trust policy has no resource", 'resource = "*"', None),
    ('kind = "assume"\n', "", "R0009", "`role` and kind `assume` go together", '[[fragments.steps]]', None),
    ('action = "s3:GetObject"\n', 'action = "s3:Get*"\n', "R0009", "`s3:Get*` is not one action", '[[workflows.steps]]\nactor', None),
    ('service = "acme.amazonaws.com"\n\n', "\n", "R0002", "actor `service` needs exactly one of", "[actors.service]", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code", "message", "at", "help_text"), SPOILT, ids=lambda value: str(value)[:40]
)
def test_a_mistake_is_told_with_its_place(
    old: str, new: str, code: str, message: str, at: str, help_text: str | None
) -> None:
    assert old in SMALL
    text = SMALL.replace(old, new, 1)
    found = [one for one in findings(text) if message in one.message]

    assert [one.code for one in found] == [code]
    assert found[0].span is not None
    assert found[0].span.source == "acme.toml"
    assert found[0].span.line == text[: text.index(at)].count("\n") + 1
    if help_text is not None:
        assert help_text in str(found[0].help)


def test_all_mistakes_are_told_together_in_the_order_of_the_file() -> None:
    text = (
        SMALL.replace("summary =", "sumary =")
        .replace("{{bucket}}/*", "{{buckets}}/*")
        .replace('include = "assume"', 'include = "x"')
    )
    lines = [one.span.line for one in findings(text) if one.span]

    assert len(lines) == 4
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name = ", "x.toml:1:8"),
        ('a = 1\nb = "\n', "x.toml:2:6"),
        ("[a]\n[a]\n", "x.toml:2:3"),
        ('a = """', "x.toml:1:8"),
    ],
)
def test_text_that_is_not_toml_is_told_with_its_place(text: str, place: str) -> None:
    with pytest.raises(RecipeError, match=r"`x\.toml` is not valid TOML") as caught:
        read_recipe(text, "x.toml")
    (finding,) = caught.value.diagnostics

    assert finding.code == "R0001"
    assert str(finding.span) == place
    assert "(at" not in finding.message


def test_a_fragment_that_includes_itself_is_refused() -> None:
    text = SMALL + '\n[[fragments]]\nid = "loop"\n[[fragments.steps]]\ninclude = "loop"\n'
    assert [one.message for one in findings(text)] == ["fragment `loop` includes itself"]


# ------------------------------------------------------------------------------------------------- folders


def test_a_folder_s_recipe_stands_beside_passrole_s_own(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a recipe", encoding="utf-8")

    recipes = load_recipes([tmp_path])
    assert list(recipes) == [*built_in_recipe_names(), "acme"]
    assert load_recipe("acme", [tmp_path]) == recipes["acme"]
    assert not recipes["acme"].built_in
    assert recipes["vm-import"].built_in


def test_a_file_with_windows_line_ends_and_a_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert load_recipe("acme", [tmp_path]).title == "Acme backup"


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SMALL.replace('name = "acme"', 'name = "vm-import"', 1), encoding="utf-8")
    with pytest.raises(RecipeError, match=r"is named `vm-import`, and so is a recipe of passrole's own"):
        load_recipes([tmp_path])


def test_two_files_with_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(SMALL, encoding="utf-8")
    with pytest.raises(RecipeError, match=r"so is the recipe in `.*a\.toml`"):
        load_recipes([tmp_path])


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="is not a folder of recipes"):
        load_recipes([tmp_path / "nowhere"])


def test_bytes_that_are_not_utf_8_are_refused(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(RecipeError, match="is not UTF-8 text"):
        load_recipes([tmp_path])


def test_an_unknown_recipe_has_its_neighbour_named() -> None:
    with pytest.raises(RecipeError, match="there is no recipe `vm-imports`") as caught:
        load_recipe("vm-imports")
    assert caught.value.help == "did you mean `vm-import`?"


# (text to replace, replacement, part of a finding): shapes are right, what comes out is not
UNUSABLE = [
    ('when = { keys = true }\n', "", "no element left"),
    ('action = "kms:Decrypt"', 'action = "Decrypt"', "policy `access`"),
    ('"arn:{{partition}}:s3:::{{bucket}}/*"', '"{{bucket}}/*"', "policy `access`"),
    ('resource = "arn:{{partition}}:s3:::{{bucket}}/*"', 'resource = "arn:{{partition}}:s3:::{{bucket}}/*"\ncondition = { StringEqual = { "aws:a" = "b" } }', "StringEqual"),
    ('description = "The bucket."', 'description = "The bucket."\nexample = "Not_A_Bucket"', "`bucket` cannot be `Not_A_Bucket`"),
    ('id = "keys"\n', 'id = "keys"\nsid = "not allowed"\n', "policy `access`"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), UNUSABLE, ids=lambda value: str(value)[:40])
def test_a_recipe_that_makes_what_iam_refuses_is_found_on_loading(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    assert old in SMALL
    (tmp_path / "acme.toml").write_text(SMALL.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        load_recipes([tmp_path])

    assert any(message in finding.message for finding in caught.value.diagnostics), caught.value.diagnostics


@pytest.mark.parametrize(
    "text",
    [
        f"x = {'[' * 5000}{']' * 5000}",
        f"x = {'{a = ' * 3000}1{'}' * 3000}",
        f"a{'.a' * 3000} = 1",
        f"[a{'.a' * 3000}]",
        f"x = {'[' * 65}{']' * 65}",
    ],
)
def test_text_that_is_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(RecipeError, match=r"`x\.toml` is nested too deeply"):
        read_recipe(text, "x.toml")


def test_a_number_of_thousands_of_digits_is_no_number() -> None:
    with pytest.raises(RecipeError, match=r"`x\.toml` is not valid TOML"):
        read_recipe(f"x = {'9' * 5000}", "x.toml")
