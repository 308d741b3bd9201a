"""Every error the tool raises on purpose, in one tree.

    ResponderError                what happened, `.hint` = what to try next, `.exit_code`
      ConfigError                 a setting or argument is missing, unknown or contradicts another
      PrerequisiteError           something the machine lacks; `doctor` explains
      EvidenceError               no input could be read; names the first one and why
      SandboxError                code could not be run safely
        SandboxUnavailable        this backend does not work here; another may
        SandboxRefused            no backend passed its self-test, and one was required
      ModelError                  the provider failed or its reply was unusable
      LimitReached                turns, tokens, money or wall clock are used up
      AuditError                  the journal could not be written or does not verify
      DefectError                 this tool is wrong: an error nobody foresaw, kept with its trace

A command that exits non-zero, a skipped file and a refused step are values, not errors.
Only `cli` turns an error into words and an exit code.
"""

from enum import IntEnum

__all__ = [
    "AuditError",
    "ConfigError",
    "DefectError",
    "EvidenceError",
    "ExitCode",
    "LimitReached",
    "ModelError",
    "PrerequisiteError",
    "ResponderError",
    "SandboxError",
    "SandboxRefused",
    "SandboxUnavailable",
]


class ExitCode(IntEnum):
    """What the process returns; a contract with shells and pipelines."""

    OK = 0
    """Diagnosed or healthy."""
    FINDING = 1
    """`--fail-on` asked for a non-zero exit on this verdict."""
    USAGE = 2
    """The command line or the configuration is wrong."""
    INCONCLUSIVE = 3
    """No hypothesis is likely enough to act on."""
    EVIDENCE_UNREADABLE = 4
    """No input could be read."""
    SANDBOX_REFUSED = 5
    """A sandbox was required and none passed its self-test."""
    MODEL_FAILED = 6
    """The model failed and no diagnosis was possible without it."""
    AUDIT_FAILED = 7
    """The audit journal could not be written, or does not verify."""
    DEFECT = 70
    """The tool itself is wrong: an error nobody foresaw; the trace was kept."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C or SIGTERM; a partial report was written."""
    READER_LEFT = 141
    """Whoever read our output went away, as `| head` does."""


class ResponderError(Exception):
    """Base of the tree.

    Args:
        message: What happened, and to which thing.
        hint: What the reader can do next; empty when there is nothing useful to say.
    """

    exit_code: ExitCode = ExitCode.USAGE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ConfigError(ResponderError):
    """A setting or argument is missing, unknown or contradicts another."""


class PrerequisiteError(ResponderError):
    """Something the machine lacks: an engine, an image, an optional package."""


class EvidenceError(ResponderError):
    """No input could be read."""

    exit_code = ExitCode.EVIDENCE_UNREADABLE


class SandboxError(ResponderError):
    """Code could not be run safely."""

    exit_code = ExitCode.SANDBOX_REFUSED


class SandboxUnavailable(SandboxError):
    """This backend does not work on this machine now; another one may."""


class SandboxRefused(SandboxError):
    """No permitted backend passed its self-test, so code is not run."""


class ModelError(ResponderError):
    """The model provider failed, or its reply could not be used."""

    exit_code = ExitCode.MODEL_FAILED


class LimitReached(ResponderError):
    """Turns, tokens, money or wall clock are used up."""

    exit_code = ExitCode.INCONCLUSIVE


class AuditError(ResponderError):
    """The journal could not be written, or does not verify; a run must stop."""

    exit_code = ExitCode.AUDIT_FAILED


class DefectError(ResponderError):
    """This tool is wrong; the journal of the run has the trace."""

    exit_code = ExitCode.DEFECT
