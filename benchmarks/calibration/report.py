"""The training report, as Markdown: what was fitted, and how honest it is on groups that the fit has not seen."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from calibration.judge import FOLDS, Answer, reliability, score
from calibration.model import LAPSES, SHRINKAGE, Table
from responder.causes.bayes import Likelihoods

__all__ = ["render"]

_HEAD = "| {} | cases | right | said | ECE | Brier | log loss |\n|---|---|---|---|---|---|---|"


def render(table: Table, expert: Likelihoods, answers: Sequence[Answer], *, on: date) -> str:
    """Put the whole report together; everything but the table is about answers to held-out groups."""
    plain = [answer for answer in answers if not answer.sample.withheld]
    withheld = [answer for answer in answers if answer.sample.withheld]
    groups = {(answer.sample.case.dataset, answer.sample.case.group) for answer in answers}
    parts = [
        f"# Calibration report, {on}",
        "Made by `python benchmarks/fit_likelihoods.py`; [calibration.md](calibration.md) says what it means and how to"
        " make it of your own cases.",
        f"{len(plain)} cases of {len(groups)} groups, {FOLDS} folds, whole groups held out. Shrinkage {SHRINKAGE:g},"
        f" lapse {table.lapse:g} out of {', '.join(f'{one:g}' for one in LAPSES)}, none of these"
        f" {table.none_of_these:g}.",
        "## Held-out answers, cases as they are",
        *_by("set", plain, lambda answer: answer.sample.case.dataset),
        *_by("task", plain, lambda answer: answer.sample.case.task),
        *_by("fold", plain, lambda answer: f"{answer.fold + 1}"),
        *_reliability(plain),
        "## Held-out answers, rules of the own group withheld",
        "Only the cases that lose a rule by it. It is the hardest test: a kind of fault that nobody has written a rule"
        " for.",
        *_by("set", withheld, lambda answer: answer.sample.case.dataset),
        *_reliability(withheld),
        "## The table",
        "\n".join(_ratios(table, expert)),
    ]
    return "\n\n".join(parts) + "\n"


def _by(name: str, answers: Sequence[Answer], part_of: Callable[[Answer], str]) -> Iterator[str]:
    parts = sorted({part_of(answer) for answer in answers})
    rows = [_row(part, [answer for answer in answers if part_of(answer) == part]) for part in parts]
    yield "\n".join([_HEAD.format(name), *rows, _row("all", answers)])


def _row(name: str, answers: Sequence[Answer]) -> str:
    found = score(answers)
    return (
        f"| {name} | {found.cases} | {found.right:.2f} | {found.said:.2f} | {found.ece:.3f} | {found.brier:.3f} "
        f"| {found.log_loss:.3f} |"
    )


def _reliability(answers: Sequence[Answer]) -> Iterator[str]:
    rows = [
        f"| {row.low:.1f} to {row.high:.1f} | {row.cases} | {row.said:.2f} | {row.right:.2f} |"
        for row in reliability(answers)
    ]
    yield "\n".join(["| said | cases | mean said | right |", "|---|---|---|---|", *rows])


def _ratios(table: Table, expert: Likelihoods) -> Iterator[str]:
    yield "| evidence | judged | fitted |\n|---|---|---|"
    for kind, ratio in table.ratios.items():
        yield f"| `{kind}` | {expert.evidence[kind].expert:.2f} | {ratio:.2f} |"
