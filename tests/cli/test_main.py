"""The front door: which command runs, how it ends, and what never reaches the terminal. Real processes throughout."""

import contextlib
import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from responder import __version__
from responder.cli.main import COMMANDS, build_app, split_command
from responder.errors import ConfigError, ExitCode

PROJECT = Path(__file__).resolve().parents[2]
ENTRYPOINT = PROJECT / "magentic_one_orchestrator.py"
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "RESPONDER_ENV_FILE": "/dev/null"}

COMMANDS_FOR_TESTS = '''
import sys
import typer
from responder.errors import EvidenceError, ExitCode

def fails(): """Fail."""; raise EvidenceError("no such \\x1b]0;owned\\x07file", hint="[bold]look[/bold]")
def breaks(): """Break."""; raise KeyError("\\x1b[31msecret sauce")
def floods(): """Write for ever."""; exec("while True: print('x' * 4096)")
def unsure(): """Return a code."""; return ExitCode.INCONCLUSIVE
def loses_peer(): """Hit somebody else's closed pipe."""; raise BrokenPipeError(32, "Broken pipe")
async def awaits(): """Return a code from a coroutine."""; return ExitCode.INCONCLUSIVE
def interrupted(): """Be interrupted."""; raise KeyboardInterrupt
def paints():
    """Use the console."""
    from responder.cli.console import print_table, say
    say("[red]plain")
    print_table(("a", "b"), [("x\\ny", "[z]")])
'''
RUN_FOR_TESTS = """
import sys
from responder.cli.main import Command, run
import commands_for_tests
names = [name for name in vars(commands_for_tests) if name.islower() and callable(getattr(commands_for_tests, name))]
run(commands={name.replace("_", "-"): Command(f"commands_for_tests:{name}", name) for name in names})
"""


def responder(*args: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ENTRYPOINT), *args],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**ENVIRONMENT, **environment},
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


@pytest.fixture
def scripted(tmp_path: Path):
    (tmp_path / "commands_for_tests.py").write_text(COMMANDS_FOR_TESTS)
    path = f"{tmp_path}{os.pathsep}{PROJECT}"

    def call(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", RUN_FOR_TESTS, *args],
            capture_output=True,
            text=True,
            env={**ENVIRONMENT, "PYTHONPATH": path, "TMPDIR": str(tmp_path)},
            timeout=60,
        )

    return call


def test_help_lists_every_command_and_loads_none() -> None:
    """The root's help names each command, without importing any of them or anything heavy."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", str(ENTRYPOINT), "--help"],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=60,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}

    assert done.returncode == ExitCode.OK
    for name, command in COMMANDS.items():
        assert re.search(rf"\b{name}\b", done.stdout)
        assert command.help.split()[0] in done.stdout
        assert command.target.partition(":")[0] not in imported
    assert not {"autogen_core", "docker", "jinja2", "pydantic", "openai", "responder.settings"} & imported


def test_version_is_the_packages() -> None:
    """`--version` prints the version and nothing else."""
    assert responder("--version").stdout == f"{__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself_as_it_is_listed(name: str) -> None:
    """A command's own help begins with the line that the root's help shows for it."""
    done = responder(name, "--help", COLUMNS="200")

    assert done.returncode == ExitCode.OK, done.stderr
    assert COMMANDS[name].help in done.stdout


@pytest.mark.parametrize(
    ("args", "command", "rest"),
    [
        ([], "investigate", []),
        (["logs/app.log"], "investigate", ["logs/app.log"]),
        (["--task", "triage", "x.log"], "investigate", ["--task", "triage", "x.log"]),
        (["-"], "investigate", ["-"]),
        (["--debug", "--env-file", "triage", "triage", "x"], "triage", ["x"]),
        (["--env-file=.env", "doctor"], "doctor", []),
        (["--", "-odd.log"], "investigate", ["--", "-odd.log"]),
        (["--help"], "", []),
    ],
)
def test_the_default_command_fills_the_gap(args: list[str], command: str, rest: list[str]) -> None:
    """A path or an option alone means `investigate`; a command's name anywhere else is an ordinary word."""
    _, found, words = split_command(args, COMMANDS)

    assert (found, words) == (command, rest)


def test_an_existing_path_without_dot_or_slash_is_an_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder called `incident` in the working folder is taken as input."""
    (tmp_path / "incident").mkdir()
    monkeypatch.chdir(tmp_path)

    assert split_command(["incident"], COMMANDS) == ([], "investigate", ["incident"])


def test_an_unknown_word_is_refused_with_a_suggestion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word that is neither command nor path is a usage error that names the nearest command."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigError, match="'triag'") as caught:
        split_command(["triag"], COMMANDS)

    assert "'triage'" in caught.value.hint


def test_unknown_word_and_unknown_option_end_with_the_usage_code(tmp_path: Path) -> None:
    """Both kinds of wrong command line are code 2, explained on stderr, with nothing on stdout."""
    for args in (["nonsense"], ["triage", "--nonsense"], ["sandbox", "nonsense"]):
        done = responder(*args, cwd=tmp_path)

        assert (done.returncode, done.stdout) == (ExitCode.USAGE, ""), args
        assert "nonsense" in done.stderr
        assert "Traceback" not in done.stderr


def test_only_the_wanted_command_is_loaded() -> None:
    """Building the command line for one command leaves the modules of the others alone."""
    code = "import sys; from responder.cli.main import *; build_app('audit', COMMANDS); print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)

    loaded = set(done.stdout.split())
    assert "responder.cli.audit" in loaded
    assert not {"responder.cli.investigate", "responder.cli.sandbox", "responder.cli.doctor"} & loaded


def test_it_runs_from_any_folder(tmp_path: Path) -> None:
    """The entrypoint finds its package wherever it is called from."""
    assert responder("--version", cwd=tmp_path).returncode == ExitCode.OK


def test_missing_packages_are_named_with_the_remedy(tmp_path: Path) -> None:
    """Without its requirements the program says what to install, and shows no trace."""
    done = subprocess.run(
        [sys.executable, "-S", str(ENTRYPOINT)], capture_output=True, text=True, env=ENVIRONMENT, timeout=60
    )

    assert done.returncode == 1
    assert "make run" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_becomes_words_and_its_code(scripted) -> None:
    """Message and hint go to stderr, cleaned of terminal sequences and not read as markup."""
    done = scripted("fails")

    assert done.returncode == ExitCode.EVIDENCE_UNREADABLE
    assert done.stderr == "error: no such file\nhint: [bold]look[/bold]\n"
    assert done.stdout == ""


def test_a_defect_is_one_line_and_a_kept_trace(scripted, tmp_path: Path) -> None:
    """An error nobody foresaw shows no traceback, and its trace is in a private file that the message names."""
    done = scripted("breaks")

    [trace] = tmp_path.glob("magentic-one-responder-*.trace")
    assert done.returncode == ExitCode.DEFECT
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    assert str(trace) in done.stderr
    assert "in breaks" in trace.read_text()
    assert trace.stat().st_mode & 0o077 == 0


def test_debug_shows_the_trace_and_keeps_no_file(scripted, tmp_path: Path) -> None:
    """With `--debug` the trace is on stderr."""
    done = scripted("--debug", "breaks")

    assert done.returncode == ExitCode.DEFECT
    assert "in breaks" in done.stderr
    assert "\x1b" not in done.stderr
    assert not list(tmp_path.glob("*.trace"))


@pytest.mark.parametrize("command", ["unsure", "awaits"])
def test_a_command_ends_with_the_code_it_returns(scripted, command: str) -> None:
    """Functions and coroutine functions both choose how the process ends by what they return."""
    assert scripted(command).returncode == ExitCode.INCONCLUSIVE


def test_an_interrupt_is_code_130(scripted) -> None:
    """Ctrl-C inside a command ends with 130 and no traceback."""
    done = scripted("interrupted")

    assert done.returncode == ExitCode.INTERRUPTED
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_ends_the_run_quietly(scripted, tmp_path: Path) -> None:
    """`| head` gets its lines, and the program says nothing about the pipe."""
    done = subprocess.run(
        ["bash", "-c", f'{sys.executable} -c "$CODE" floods | head -1 | wc -c; echo ${{PIPESTATUS[0]}}'],
        capture_output=True,
        text=True,
        env={**ENVIRONMENT, "CODE": RUN_FOR_TESTS, "PYTHONPATH": f"{tmp_path}{os.pathsep}{PROJECT}"},
        timeout=60,
    )

    assert done.stdout.split() == ["4097", str(int(ExitCode.READER_LEFT))]
    assert done.stderr == ""


def test_a_pipe_broken_elsewhere_is_not_mistaken_for_ours(scripted) -> None:
    """A broken pipe that is not our stdout is an error that somebody hears about."""
    done = scripted("loses-peer")

    assert done.returncode == ExitCode.DEFECT
    assert "closed its end" in done.stderr


def test_off_a_terminal_there_is_no_colour_and_no_box(scripted) -> None:
    """Piped output is plain text: one row a line, no escape sequences, no markup read."""
    done = scripted("paints")

    assert done.stdout == "a    b\nx y  [z]\n"
    assert done.stderr == "[red]plain\n"


def test_on_a_terminal_a_table_loses_no_text() -> None:
    """Cells that are too wide are folded, never cut."""
    wide = "w" * 200
    code = f"from responder.cli.console import print_table; print_table(('name', 'value'), [('{wide}', 'x')])"
    master, slave = pty.openpty()

    subprocess.run(
        [sys.executable, "-c", code],
        stdout=slave,
        check=True,
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "TERM": "xterm"},
        timeout=60,
    )
    os.close(slave)

    shown = b""
    with contextlib.suppress(OSError):  # Linux ends a terminal whose other side is closed with EIO
        while part := os.read(master, 65536):
            shown += part
    os.close(master)
    assert shown.count(b"w") == len(wide)
    assert b"\x1b[" in shown


@pytest.mark.slow
def test_help_answers_within_three_tenths_of_a_second() -> None:
    """The best of five runs of `--help`, so that a busy machine does not fail an idle program."""
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        responder("--help")
        taken.append(time.perf_counter() - started)

    assert min(taken) < 0.3


def test_the_listed_commands_can_all_be_mounted() -> None:
    """Each target exists and is a command or a group of commands."""
    for name in COMMANDS:
        build_app(name, COMMANDS)
