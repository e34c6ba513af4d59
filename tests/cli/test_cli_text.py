"""Text for people: wrapped by what is seen, aligned, and never obeyed by the terminal."""

from __future__ import annotations

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cli.command_line import Run

from passrole.cli.say import printable
from passrole.cli.text import tables
from passrole.cli.text.failures import LONGEST, failure_text, one_line
from passrole.cli.text.plan import change_lines
from passrole.cli.text.tables import columns, prose, short_name, wrapped
from passrole.errors import Diagnostic, PassroleError, Span, UsageError
from passrole.provision.addresses import parse_address
from passrole.provision.changes import Action, Change, Mark, StatementLine


@pytest.fixture(params=[None, 40, 80])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int | None:
    monkeypatch.setattr(tables, "terminal_width", lambda: request.param)
    return request.param


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("…ü漢字🙂", "…ü漢字🙂"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("\x1b[8mhidden", "\\x1b[8mhidden"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("one\rtwo", "one\\x0dtwo"),
        ("\u202eright to left", "\\u202eright to left"),
        ("\udcff", "\\udcff"),
        ("\x9b2J", "\\x9b2J"),
        (click.style("ok", fg="green", bold=True), "\x1b[32m\x1b[1mok\x1b[0m"),
    ],
)
def test_only_our_own_colours_reach_the_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("color", ["red", "green", "yellow", "blue", None])
@pytest.mark.parametrize("bold", [True, None])
def test_every_style_that_passrole_uses_is_one_of_them(color: str | None, bold: bool | None) -> None:
    styled = click.style("word", fg=color, bold=bold)
    assert printable(styled) == styled


def test_what_an_account_says_begins_no_line_and_has_no_colour() -> None:
    """A description or a condition may hold line feeds: they must not pass for lines of passrole's."""
    spoof = "x\nPlan: Nothing to do\x1b[32m"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": spoof},
        "Action": spoof,
        "Condition": {"StringEquals": {"aws:userid": [spoof]}},
    }
    change = Change(
        parse_address("role/vmimport"),
        Action.CREATE,
        spoof,
        after={"path": f"/{spoof}/"},
        statements=(StatementLine(Mark.OTHERS, statement, spoof),),
        notes=(spoof,),
        warnings=(spoof,),
    )
    lines = "\n".join(change_lines(change)).splitlines()
    assert not [line for line in lines if click.unstyle(line).startswith("Plan")]
    assert len([line for line in lines if "\\x1b[32m" in line]) == 8
    assert columns([("a", spoof)])[0].startswith("  a  x Plan")


@settings(max_examples=200)
@given(st.text())
def test_nothing_unprintable_is_left(text: str) -> None:
    shown = printable(text)
    assert not [c for c in shown if (ord(c) < 32 and c not in "\t\n\x1b") or 0x7F <= ord(c) < 0xA0]
    if "\x1b" not in text:
        assert "\x1b" not in shown


@settings(max_examples=200)
@given(st.text(alphabet="ab /:\x1b", max_size=200), st.integers(min_value=5, max_value=40), st.integers(0, 4))
def test_wrapping_loses_no_word_and_breaks_none(text: str, width: int, hanging: int) -> None:
    text = text.replace("\x1b", click.style("red", fg="red"))
    lines = wrapped(text, width, hanging)
    assert " ".join(lines).split() == text.split()
    for number, line in enumerate(lines):
        room = width - (hanging if number else 0)
        assert len(click.unstyle(line)) <= room or " " not in line


def test_colour_counts_for_nothing_in_the_width() -> None:
    styled = click.style("12345", fg="red", bold=True)
    assert wrapped(f"{styled} 789", 9) == [f"{styled} 789"]
    assert wrapped(f"{styled} 7890", 9) == [styled, "7890"]


def test_a_paragraph_is_whole_in_a_pipe_and_wrapped_on_a_terminal(width: int | None) -> None:
    lines = prose("word " * 40, indent=4, hanging=2)
    if width is None:
        assert len(lines) == 1
    else:
        assert max(len(line) for line in lines) <= width
        assert [len(line) - len(line.lstrip()) for line in lines] == [4, *[6] * (len(lines) - 1)]


def test_columns_are_aligned_whatever_their_colour(width: int | None) -> None:
    rows = [("a", click.style("ok", fg="green"), "x"), ("abc", "denied", "y")]
    assert [click.unstyle(line) for line in columns(rows)] == ["  a    ok      x", "  abc  denied  y"]


def test_a_last_cell_without_room_stands_below_its_row(width: int | None) -> None:
    shown = columns([("x" * 30, "word " * 20)])
    lines = shown[0].splitlines()
    if width is None:
        assert len(lines) == 1
    elif width == 40:
        assert lines[0] == "  " + "x" * 30
        assert lines[1].startswith("        word word")
    else:
        assert lines[1].startswith(" " * 34 + "word word")
    assert len(shown) == 1
    assert sum(line.count("word") for line in lines) == 20


def test_a_row_with_fewer_cells(width: int | None) -> None:
    assert columns([("a", "b", "c"), ("d",)]) == ["  a  b  c", "  d"]
    assert columns([]) == []


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("arn:aws:iam::111122223333:policy/vm-import-user statement 1", "policy/vm-import-user statement 1"),
        ("arn:aws-cn:iam::aws:policy/service-role/X", "AWS policy/service-role/X"),
        ("role/vmimport trust policy", "role/vmimport trust policy"),
        ("arn:aws:iam::111122223333:role/x", "arn:aws:iam::111122223333:role/x"),
    ],
)
def test_short_names_of_policies(name: str, short: str) -> None:
    assert short_name(name) == short


def test_a_failure_as_the_style_guide_has_it() -> None:
    span = Span("a.json", 2, 15, 2, 25)
    finding = Diagnostic(
        "P0107",
        "`key-name` is not an ARN",
        span=span,
        label="refused",
        cause="six parts",
        help="pass the key",
        see="URL",
    )
    error = UsageError("1 problem", causes=("one", "two"), help="type this", diagnostics=(finding,), see="PAGE")
    text = click.unstyle(failure_text(error, lambda source: '{\n    "Resource": "key-name"\n}'))
    assert text.splitlines() == [
        "error: 1 problem",
        "  caused by: one",
        "  caused by: two",
        "error[P0107]: `key-name` is not an ARN",
        "  --> a.json:2:15",
        "  |",
        '2 |     "Resource": "key-name"',
        "  |               ^^^^^^^^^^ refused",
        "   = cause: six parts",
        "   = help: pass the key",
        "   = see: URL",
        "  help: type this",
        "  see: PAGE",
    ]


@pytest.mark.parametrize("source", [None, "", "one line", "\x00", "ü" * 500])
def test_a_finding_whose_line_is_not_there_is_told_without_it(source: str | None) -> None:
    finding = Diagnostic("P0001", "wrong", span=Span("a.json", 9, 400, 9, 401))
    text = click.unstyle(failure_text(PassroleError("x", diagnostics=(finding,)), lambda _: source))
    assert text.splitlines() == ["error: x", "error[P0001]: wrong", "  --> a.json:9:400"]


def test_long_and_broken_input_stays_on_one_line() -> None:
    assert one_line("a\nb\rc") == "a\\nb\\rc"
    assert one_line("x" * LONGEST) == "x" * LONGEST
    cut = one_line("x" * 90_000)
    assert len(cut) < LONGEST + 40
    assert f"[… {90_000 - LONGEST} characters …]" in cut


def test_a_long_line_of_a_file_is_cut_around_the_place(run: Run) -> None:
    span = Span("a.json", 1, 5000, 1, 5003)
    error = PassroleError("x", diagnostics=(Diagnostic("P0001", "wrong", span=span),))
    lines = click.unstyle(failure_text(error, lambda _: "." * 4999 + "bad" + "." * 5000)).splitlines()
    assert max(len(line) for line in lines) < 200
    column = lines[-1].index("^")
    assert lines[-2][column : column + 3] == "bad"
