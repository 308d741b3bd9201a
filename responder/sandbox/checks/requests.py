"""What a model may ask for: whatever it is, it becomes a result that the model can read."""

from collections.abc import Sequence

from responder.sandbox.checks.model import Bench, Check
from responder.sandbox.interface import Ending

__all__ = ["REQUESTS"]


def _asked(
    name: str,
    claim: str,
    code: str,
    *,
    language: str = "python",
    file: str | None = None,
    ending: Ending,
    exit_code: int | None = None,
) -> Check:
    """A check that one request ends so; an `exit_code` of None is any."""

    async def probe(bench: Bench) -> str:
        execution = await bench.sandbox.execute(code, language=language, name=file)
        if execution.ending == ending and exit_code in (None, execution.exit_code):
            return ""
        return f"{execution.ending}, exit {execution.exit_code}: {execution.output[-200:]}"

    return Check(name, claim, probe)


def _refused_name(name: str, claim: str, file: str) -> Check:
    return _asked(name, claim, "print(1)", file=file, ending="refused", exit_code=2)


REQUESTS: Sequence[Check] = (
    _asked("request-language", "An unknown language is refused.", "x", language="ruby", ending="refused", exit_code=2),
    _asked("request-language-odd", "So is nonsense.", "x", language="\x00\ud800", ending="refused", exit_code=2),
    _asked("request-shell", "Shell blocks run.", "exit 7", language="sh", ending="exited", exit_code=7),
    _asked("request-bash", "Bash blocks run.", "[[ a == a ]] && exit 8", language="bash", ending="exited", exit_code=8),
    _asked("request-named", "A plain name is used.", "print(1)", file="my-test.v2.py", ending="exited", exit_code=0),
    _refused_name("request-name-parent", "A name cannot climb.", "../../escape.py"),
    _refused_name("request-name-absolute", "A name cannot be absolute.", "/etc/cron.d/x"),
    _refused_name("request-name-folder", "A name cannot have a folder.", "sub/x.py"),
    _refused_name("request-name-hidden", "A name cannot be the supervisor's.", ".sandbox"),
    _refused_name("request-name-option", "A name cannot be an option.", "-V"),
    _refused_name("request-name-long", "A name cannot be endless.", "x" * 300),
    _refused_name("request-name-newline", "A name cannot have a line break.", "x.py\n"),
    _asked("request-name-empty", "An empty name gives a made one.", "print(1)", file="", ending="exited", exit_code=0),
    _asked("request-empty", "Empty code runs.", "", ending="exited", exit_code=0),
    _asked("request-nul", "Code with a NUL byte runs or fails inside.", "print(1)\n\x00", ending="exited"),
    _asked("request-surrogate", "A lone surrogate is no error.", "x = '\ud800'", ending="exited", exit_code=0),
    _asked("request-large", "Too much code is refused.", "#" * (2 << 20), ending="refused", exit_code=2),
)
