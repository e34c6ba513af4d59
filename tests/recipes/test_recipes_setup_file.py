"""passrole.toml: several set-ups, strict, with places in every message."""

from __future__ import annotations

from pathlib import Path

import pytest

from passrole.recipes.load import load_recipe
from passrole.recipes.problems import ParameterError, SetUpFileError
from passrole.recipes.render import render
from passrole.recipes.setup_file import read_set_up_file, read_set_ups

TEXT = """\
[set-up.vm-import]
parameters = { import_bucket = "disk-images", kms = true }

[set-up.bastion]
recipe = "session-manager"
variant = "documented"
[set-up.bastion.parameters]
logging = "s3"
log_bucket = "session-logs"
"""


def test_set_ups_come_in_the_file_s_order_with_their_values() -> None:
    first, second = read_set_ups(TEXT, "passrole.toml")

    assert (first.label, first.recipe, first.variant) == ("vm-import", "vm-import", "corrected")
    assert first.values == {"import_bucket": "disk-images", "kms": True}
    assert (second.label, second.recipe, second.variant) == ("bastion", "session-manager", "documented")
    assert {name: str(span) for name, span in second.spans.items()} == {
        "logging": "passrole.toml:8:1",
        "log_bucket": "passrole.toml:9:1",
    }
    assert str(second.span) == "passrole.toml:4:1"


def test_a_bad_value_is_told_at_its_place_in_the_file() -> None:
    (set_up,) = read_set_ups('[set-up.vm-import.parameters]\nimport_bucket = "Disk_Images"\nkmss = true\n', "p.toml")
    with pytest.raises(ParameterError) as caught:
        render(
            load_recipe(set_up.recipe), set_up.values, account_id="1" * 12, partition="aws", region="us-east-1",
            label=set_up.label, spans=set_up.spans,
        )  # fmt: skip
    assert [str(finding.span) for finding in caught.value.diagnostics] == ["p.toml:3:1", "p.toml:2:1"]


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("", "`set-up` is missing from this set-up file", "p.toml:1:1"),
        ("[set-up]\n", "`set-up` is an empty table", "p.toml:1:1"),
        ('[set-up.x]\nrecipes = "y"\n', "unknown key `recipes` in set-up `x`", "p.toml:2:1"),
        ('[set-up.x]\nvariant = "old"\n', "`variant` must be `corrected` or `documented`", "p.toml:2:1"),
        ("[set-up.x]\nparameters = { a = 1.5 }\n", "`a` must be", "p.toml:2:16"),
        ("[set-up.x]\nparameters = { a = 2024-01-01 }\n", "`a` must be", "p.toml:2:16"),
        ('[set-up."a b"]\n', "`a b` is not a possible name", "p.toml:1:1"),
        ("[vm-import]\n[set-up.x]\n", "unknown key `vm-import` in this set-up file", "p.toml:1:1"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, message: str, place: str) -> None:
    with pytest.raises(SetUpFileError, match=r"1 problem in `p\.toml`") as caught:
        read_set_ups(text, "p.toml")
    (finding,) = caught.value.diagnostics

    assert message in finding.message
    assert str(finding.span) == place


def test_text_that_is_not_toml_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SetUpFileError, match="is not valid TOML") as caught:
        read_set_ups("[set-up.x\n", "p.toml")
    assert str(caught.value.diagnostics[0].span) == "p.toml:1:10"
    with pytest.raises(SetUpFileError, match="cannot be read") as unreadable:
        read_set_up_file(tmp_path / "passrole.toml")
    assert unreadable.value.causes == ("no such file or directory",)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "passrole.toml"
    path.write_text(TEXT, encoding="utf-8")
    assert [one.label for one in read_set_up_file(path)] == ["vm-import", "bastion"]
