"""Every command's help: what it is, its options, examples that exist, the exit codes; and the README's list of commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from tests.cli.command_line import Run

from passrole.cli.exit_codes import MEANING, ExitCode
from passrole.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[2]


def all_commands() -> dict[str, click.Command]:
    """By the words that call it."""
    found: dict[str, click.Command] = {}

    def walk(words: str, command: click.Command) -> None:
        found[words] = command
        if isinstance(command, click.Group):
            ctx = click.Context(command)
            for name in command.list_commands(ctx):
                inner = command.get_command(ctx, name)
                assert inner is not None
                walk(f"{words} {name}".strip(), inner)

    walk("", cli)
    return found


ALL = all_commands()


def options_of(command: click.Command) -> list[str]:
    params = command.get_params(click.Context(command, help_option_names=["-h", "--help"]))
    return [word for param in params if isinstance(param, click.Option) for word in param.opts]


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("words", ALL)
def test_help_of_every_command(words: str, flag: str, run: Run) -> None:
    result = run(*words.split(), flag)
    assert result.code == 0
    assert result.err == ""
    assert result.out.startswith(f"Usage: passrole {words}".rstrip() + " ")
    for option in options_of(ALL[words]):
        assert re.search(rf"(^|[\s,]){option}([\s,]|$)", result.out, re.M), option
    for code, meaning in MEANING.items():
        assert re.search(rf"^ +{code.value}  {re.escape(meaning)}$", result.out, re.M), code
    assert re.search(r"^ +Examples?:$", result.out, re.M)
    assert all(len(line) <= 110 for line in result.out.splitlines())


def test_every_option_has_a_help_text() -> None:
    for words, command in ALL.items():
        for param in command.get_params(click.Context(command)):
            if isinstance(param, click.Option):
                assert param.help, f"{words}: {param.opts}"


def test_every_exit_code_has_a_meaning_and_is_told_in_order() -> None:
    assert set(MEANING) == set(ExitCode)
    assert [code.value for code in MEANING] == sorted(code.value for code in ExitCode)


def examples_of(words: str) -> list[str]:
    text = cli.epilog if words == "" else ALL[words].help
    lines = (line.strip() for line in re.split(r"Examples?:\n", text or "")[-1].splitlines())
    commands = (line.removeprefix('eval "$(').removesuffix(')"') for line in lines)
    return [line.partition(" > ")[0] for line in commands if line.startswith("passrole ")]


@pytest.mark.parametrize("words", ALL)
def test_examples_are_command_lines_that_passrole_reads(words: str) -> None:
    """Every word of an example is an option, an argument or a choice that exists: click parses it."""
    examples = examples_of(words)
    assert examples
    for example in examples:
        assert _parses(shlex.split(example)[1:]), example


def _parses(arguments: list[str]) -> bool:
    command: click.Command = cli
    while isinstance(command, click.Group):
        name, *arguments = arguments
        inner = command.get_command(click.Context(command), name)
        assert inner is not None, name
        command = inner
    command.make_context(command.name, arguments)
    return True


def test_an_example_with_a_wrong_option_would_be_found() -> None:
    with pytest.raises(click.NoSuchOption):
        _parses(["plan", "vm-import", "--sett", "a=b"])


def test_the_list_of_commands_has_a_line_for_each() -> None:
    text = CliRunner().invoke(cli, ["--help"]).output
    for name, entry in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(entry.summary)}$", text, re.M), name


def test_the_readme_shows_commands_that_exist_and_misses_none_of_the_main_job() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```$", readme, re.S | re.M)
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    shown = [line.removeprefix('eval "$(').removesuffix(')"') for line in lines]
    commands = [line for line in shown if line.startswith("passrole ")]
    for line in commands:
        assert _parses(shlex.split(line)[1:]), line
    named = {line.split()[1] for line in commands}
    main_job = {name for name, entry in COMMANDS.items() if entry.section == "Set up a service"}
    assert main_job - {"demo"} <= named
    assert ".venv/bin/passrole demo" in readme
    inline = set(re.findall(r"`passrole ([a-z]+)", readme))
    assert inline <= set(COMMANDS), inline - set(COMMANDS)


def test_version(run: Run) -> None:
    from passrole import __version__

    assert run("--version").out == f"passrole {__version__}\n"


@pytest.mark.parametrize("words", [(), ("data",)])
def test_a_group_without_a_command_shows_its_help_and_fails(words: tuple[str, ...], run: Run) -> None:
    result = run(*words)
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert result.err.startswith(f"Usage: passrole {' '.join(words)}".rstrip() + " ")
