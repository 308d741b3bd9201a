"""The documentation keeps step with the code: commands, options, settings, exit codes, links."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from dotenv import dotenv_values

from responder.cli.configuration import BUNDLED_SAMPLE
from responder.cli.main import COMMANDS, build_app
from responder.errors import ExitCode
from responder.settings import ENV_FILE_VARIABLE, ENV_NAMES, Settings

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text()
ENV_EXAMPLE = PROJECT / ".env.example"
PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")])


def commands() -> Iterator[tuple[str, Any]]:
    """Each command and sub-command that can be typed, with its parsed form."""
    for name in COMMANDS:
        command = typer.main.get_group(build_app(name, COMMANDS)).commands[name]
        subcommands = getattr(command, "commands", None)
        if subcommands is None:
            yield name, command
        else:
            yield from ((f"{name} {child}", subcommand) for child, subcommand in subcommands.items())


def options() -> Iterator[tuple[str, Any]]:
    root = typer.main.get_group(build_app("doctor", COMMANDS))
    for _, command in [("", root), *commands()]:
        for parameter in command.params:
            yield from ((option, parameter) for option in parameter.opts if option.startswith("--"))


def test_every_command_is_in_the_readme() -> None:
    """A command that is not in the README does not exist for its readers."""
    missing = [name for name, _ in commands() if not re.search(rf"`{name}[` ]", README)]

    assert not missing


def test_every_option_is_in_the_readme() -> None:
    """So is an option, of every command."""
    missing = {option for option, _ in options() if not re.search(rf"`[^`]*{option}\b", README)}

    assert not missing


def test_everything_that_can_be_typed_has_help() -> None:
    """Each command says what it does in a sentence, and each of its options and arguments too."""
    silent = [name for name, command in commands() if not (command.help or "").split("\n")[0].endswith(".")]
    silent += [
        f"{name} {parameter.name}"
        for name, command in commands()
        for parameter in command.params
        if not getattr(parameter, "help", None)
    ]

    assert not silent


@pytest.mark.parametrize("name", [*ENV_NAMES.values(), ENV_FILE_VARIABLE])
def test_every_setting_is_in_the_readme(name: str) -> None:
    """Each variable has its row."""
    assert f"`{name}`" in README


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_is_in_the_readme(code: ExitCode) -> None:
    """Number and name stand in one row of the table."""
    assert re.search(rf"^\| {int(code)} \| {code.name} \|", README, re.MULTILINE)


def test_the_readme_promises_no_exit_code_that_is_not_there() -> None:
    """The table and the enum hold the same numbers."""
    table = README.split("## Exit codes")[1].split("\n## ")[0]

    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == set(map(int, ExitCode))


def test_the_example_settings_are_all_settings_at_their_defaults() -> None:
    """Copying `.env.example` to `.env` sets nothing but what holds anyway, and leaves no setting out."""
    example = dotenv_values(ENV_EXAMPLE)
    loaded = Settings.load({}, env_file=ENV_EXAMPLE, environment={})

    assert set(example) == set(ENV_NAMES.values())
    assert loaded.settings == Settings()


def test_the_readme_states_the_defaults() -> None:
    """A number or word in the default column is the default in the code."""
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| `?([^`|]*?)`? \|", README, re.MULTILINE))
    for field, variable in ENV_NAMES.items():
        default = getattr(Settings(), field)
        if default not in (None, ""):
            expected = f"{default:g}" if isinstance(default, float) else str(default)
            assert rows[variable].lower() == expected.lower(), variable


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_agrees_with_the_requirements(name: str) -> None:
    """Every direct dependency is pinned exactly, and locked at that version."""
    lines = [line for line in (PROJECT / name).read_text().splitlines() if line and not line.startswith(("#", "-r"))]
    pins = dict(re.sub(r"\[.*\]", "", line.lower()).split("==") for line in lines)
    locked = dict(re.findall(r"^(\S+)==(\S+)$", (PROJECT / "requirements.lock").read_text().lower(), re.MULTILINE))

    assert pins.items() <= locked.items()


def test_the_report_in_the_readme_quotes_the_sample() -> None:
    """The log lines that the README shows stand in the bundled sample, where it says they do."""
    quoted = re.findall(r"`([\w/.-]+):(\d+)`.*\n> ```\n> (.*)\n> ```", README)

    assert quoted
    for path, line, text in quoted:
        assert (BUNDLED_SAMPLE / path).read_text().split("\n")[int(line) - 1] == text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page is a file of the project, and every anchor a heading."""
    text = page.read_text()
    for target in re.findall(r"\]\((?!https?://|mailto:)([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        linked = page.parent / path if path else page
        assert linked.exists(), target
        if anchor and linked.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", linked.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}, (
                target
            )
