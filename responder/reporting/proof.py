"""What code and agents added to a report, as its documents show it: what decided something, and nothing twice."""

from responder.patterns import lazy
from responder.reporting.model import Report
from responder.reporting.sentences import Sentence, bare
from responder.team.interface import Verification

__all__ = ["claims", "decisive", "looked_around", "shown_output"]

_PROTOCOL = lazy(r"(?m)^VERDICT-[0-9a-f]{1,64} \{.*\n?")
"""What a program says to this tool and not to a person; it stands in the file of the output."""


def decisive(report: Report) -> tuple[Verification, ...]:
    """The runs that stated something, or that something cites."""
    cited = {run for claim in report.conclusion.claims for run in claim.verifications}
    return tuple(run for run in report.conclusion.verifications if run.statement or run.id in cited)


def looked_around(report: Report) -> str:
    """One sentence for the runs that decided nothing; empty when there are none."""
    others = [run.id for run in report.conclusion.verifications if run not in decisive(report)]
    if not others:
        return ""
    verb, whose = ("decided nothing", "its") if len(others) == 1 else ("decided nothing", "their")
    return f"{', '.join(others)} {verb}; {whose} code and output are in `verification/`."


def shown_output(run: Verification) -> str:
    """What the code printed for people."""
    return _PROTOCOL.sub("", run.execution.output).strip("\n").rstrip()


def claims(report: Report) -> tuple[Sentence, ...]:
    """What the agents stated, but for what only introduces the statement of a run that is told."""
    stated = [_squeezed(bare(run.statement)) for run in decisive(report) if run.statement]
    return tuple(
        Sentence(item.text, (*item.evidence, *item.verifications))
        for item in report.conclusion.claims
        if not any(words in (said := _squeezed(bare(item.text))) and said != words for words in stated)
    )


def _squeezed(text: str) -> str:
    return " ".join(text.lower().split())
