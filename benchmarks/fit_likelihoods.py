"""Fit the likelihood table of the cause engine on labelled cases, and say how honest it then is.

    python benchmarks/fit_likelihoods.py --cases DIR [--dataset NAME ...] [--cache DIR] [--jobs 2] [--write]

DIR holds `<set>/<case>/expected.json` and the evidence under `input/`; docs/calibration.md has the keys. Every case is
triaged as it is, and once more with the rules withheld that only cases of its own group need: rules are written with
cases in view, and a new kind of fault comes without. Prints the report; with --write the numbers go into
responder/causes/likelihoods.toml and the report into docs/calibration-report.md. The cases themselves go nowhere.
The incidents that ship with the tool count as well: they are the ones with many services and a written story.

Without --cases it prints how the table that ships was fitted.
"""

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from calibration.cases import Case, load_cases, load_samples, triage_of
from calibration.judge import cross_validate, score
from calibration.model import Sample, Table, fit, sample_of
from calibration.report import render

from responder.causes.bayes import Likelihoods, load_likelihoods, load_priors
from responder.triage.interface import Triage

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "responder" / "causes" / "likelihoods.toml"
SAMPLES = (ROOT / "sample_logs", ROOT / "tests" / "acceptance" / "incidents")
REPORT = ROOT / "docs" / "calibration-report.md"
WITHHELD_WEIGHT = 0.25
"""Of a case with rules withheld, beside 1 for the case as it is: the rule pack is broad, so most new cases meet one."""

Needs = dict[str, frozenset[str]]
"""Rules by name of case."""


def main() -> None:
    """Read the cases, fit, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, help="folder of <set>/<case>/")
    parser.add_argument("--dataset", action="append", default=[], help="only this set (repeatable)")
    parser.add_argument("--cache", type=Path, help="folder to keep triage results in, for the next run")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="write the table and the report")
    options = parser.parse_args()
    if options.cases is None:
        print(REPORT.read_text(encoding="utf-8"))
        return
    cases = load_cases(options.cases, options.dataset)
    if not cases:
        parser.error(f"no labelled case under {options.cases}")
    cases += [case for folder in SAMPLES for case in load_samples(folder)]
    expert = load_likelihoods()
    samples = _samples(cases, expert, options.cache, options.jobs)
    answers = cross_validate(samples, expert)
    table = fit(samples, expert)
    report = render(table, expert, answers, on=datetime.now(UTC).date())
    print(report)
    if options.write:
        plain = score([answer for answer in answers if not answer.sample.withheld])
        groups = len({(case.dataset, case.group) for case in cases})
        TABLE.write_text(_written(table, plain.cases, groups, plain.ece, plain.brier), encoding="utf-8")
        REPORT.write_text(report, encoding="utf-8")


def _samples(cases: Sequence[Case], expert: Likelihoods, cache: Path | None, jobs: int) -> list[Sample]:
    """What the engine sees in each case, as it is and with rules withheld."""
    priors, kinds = load_priors(), list(expert.evidence)
    with ProcessPoolExecutor(jobs) as pool:
        triages = list(pool.map(partial(triage_of, cache=cache), cases, chunksize=4))
        needs = _own_rules(cases, triages)
        fewer = [case for case in cases if needs.get(case.name)]
        again = list(pool.map(partial(_without, needs=needs, cache=cache), fewer, chunksize=4))
    plain = [sample_of(case, triage, priors, kinds) for case, triage in zip(cases, triages, strict=True)]
    withheld = [
        sample_of(case, triage, priors, kinds, weight=WITHHELD_WEIGHT, withheld=True)
        for case, triage in zip(fewer, again, strict=True)
    ]
    return [sample for sample in (*plain, *withheld) if sample is not None]


def _without(case: Case, *, needs: Needs, cache: Path | None) -> Triage:
    return triage_of(case, cache, without=needs[case.name])


def _own_rules(cases: Sequence[Case], triages: Sequence[Triage]) -> Needs:
    """The rules that state a cause in each case and in no case of another group."""
    stated = [frozenset(f.rule for f in triage.findings if f.rule and f.role == "cause") for triage in triages]
    groups: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for case, rules in zip(cases, stated, strict=True):
        for rule in rules:
            groups[rule].add((case.dataset, case.group))
    return {
        case.name: frozenset(rule for rule in rules if len(groups[rule]) == 1)
        for case, rules in zip(cases, stated, strict=True)
        if not case.healthy
    }


def _written(table: Table, cases: int, groups: int, ece: float, brier: float) -> str:
    """The table's file with the fitted numbers in the places of the old ones."""
    numbers = {
        "lapse": f"{table.lapse:.2f}",
        "none_of_these": f"{table.none_of_these:.4f}",
        "date": f"{datetime.now(UTC).date()}",
        "cases": str(cases),
        "groups": str(groups),
        "ece": f"{ece:.3f}",
        "brier": f"{brier:.3f}",
    }
    text = TABLE.read_text(encoding="utf-8")
    for name, number in numbers.items():
        text = re.sub(rf"^{name} = \S+", f"{name} = {number}", text, count=1, flags=re.MULTILINE)
    for kind, ratio in table.ratios.items():
        text = re.sub(
            rf"^{kind} = \{{ ratio = [\d.]+", f"{kind} = {{ ratio = {ratio:.3f}", text, count=1, flags=re.MULTILINE
        )
    return text


if __name__ == "__main__":
    main()
