"""`audit`: checks the journal of a finished run."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from responder.audit.interface import Head
from responder.audit.verify import VerifyResult, verify
from responder.errors import AuditError, ConfigError
from responder.safety.sanitise import sanitise

__all__ = ["app", "head_of_report"]

app = typer.Typer(help="Check the audit journal of a run.", no_args_is_help=True)

_JOURNAL_NAME = "audit.jsonl"
_REPORT_NAME = "report.json"
_MAX_REPORT_BYTES = 256 << 20


@app.callback()
def _group() -> None:
    """Check the audit journal of a run."""


@app.command("verify")
def verify_command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or its audit.jsonl.")],
    head: Annotated[
        str, typer.Option(metavar="ENTRIES:HASH", help="The head to check against instead of the report's.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Find an edit, a deletion, a swap, a cut or a torn line in a journal, and name the line.

    Exits 0 when the journal is as it was written, 7 when it was tampered with, torn or cannot be read.
    """
    journal, report = _locate(run)
    expected = _parse_head(head) if head else head_of_report(report)
    result = verify(journal, head=expected)
    typer.echo(_as_json(journal, result) if as_json else f"{result.status}: {sanitise(result.message)}")
    raise typer.Exit(result.exit_code)


def _locate(run: Path) -> tuple[Path, Path]:
    if run.is_dir():
        return run / _JOURNAL_NAME, run / _REPORT_NAME
    if not run.exists():
        raise ConfigError(f"there is no run at {str(run)!r}", hint="name a folder below reports/, or its audit.jsonl")
    return run, run.with_name(_REPORT_NAME)


def _parse_head(text: str) -> Head:
    entries, _, digest = text.partition(":")
    if not entries.isdecimal() or not _is_hash(digest):
        raise ConfigError(f"{text!r} is not a journal head", hint="write it as 42:<64 hex digits>")
    return Head(int(entries), digest)


def head_of_report(path: Path) -> Head | None:
    """The head the report was made with; None when there is no report, an error when it cannot be trusted."""
    try:
        if path.stat().st_size > _MAX_REPORT_BYTES:
            raise AuditError(f"the report {str(path)!r} is too large to be one of ours")
        audit = _mapping(_mapping(json.loads(path.read_bytes())).get("audit"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise AuditError(
            f"the report {str(path)!r} cannot be read, so the journal's end cannot be checked",
            hint="give the head with --head, or move the report away to check the chain alone",
        ) from error
    entries, digest = audit.get("entries"), audit.get("head")
    if type(entries) is not int or not isinstance(digest, str) or not _is_hash(digest):
        raise AuditError(f"the report {str(path)!r} names no journal head", hint="give the head with --head")
    return Head(entries, digest)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_hash(text: str) -> bool:
    return len(text) == 64 and all(character in "0123456789abcdef" for character in text)


def _as_json(journal: Path, result: VerifyResult) -> str:
    return json.dumps(
        {
            "journal": str(journal),
            "status": result.status,
            "line": result.line,
            "message": result.message,
            "entries": result.head.entries,
            "head": result.head.hash,
        }
    )
