"""What the rule pack covers: a table of every failure signature, and the rules that none of the samples sets off.

`python -m responder.triage.coverage` writes the table that `docs/rules.md` holds; with the word `needs`, the literals
that `rules/needs.json` holds. `make rules` does both.
"""

import sys
from collections import Counter
from collections.abc import Iterable

from responder.triage.needs import written
from responder.triage.signatures import Rule, RulePack, packaged_rules, rule_sources

__all__ = ["silent_rules", "table"]


def silent_rules() -> tuple[str, ...]:
    """Ids of the rules that no sample of the whole pack sets off, in the order of the files."""
    pack = packaged_rules()
    fired: Counter[str] = Counter()
    for rule in pack:
        for sample in rule.match:
            fired.update({hit.rule.id for hit in pack.hits(sample)})
    return tuple(rule.id for rule in pack if not fired[rule.id])


def table(rules: Iterable[Rule]) -> str:
    """The rules as one Markdown page, a section for each technology."""
    by_technology: dict[str, list[Rule]] = {}
    for rule in rules:
        by_technology.setdefault(rule.id.partition(".")[0], []).append(rule)
    count = sum(map(len, by_technology.values()))
    lines = [
        "# Failure signatures",
        "",
        "Made from `responder/triage/rules/*.toml` by `make rules`.",
        f"{count} rules for {len(by_technology)} technologies. *Where*: in the output of builds, in logs of running",
        "programs, or in both. A *cause* is stated by the line itself, a *symptom* only follows from one.",
    ]
    for technology, group in sorted(by_technology.items()):
        lines += ["", f"## {technology}", "", "| rule | category | role | where | says |", "|---|---|---|---|---|"]
        lines += [
            f"| `{rule.id}` | {rule.category.value} | {rule.role} | {_WHERE[rule.scope]} | {_cell(rule.summary)} |"
            for rule in group
        ]
    return "\n".join(lines) + "\n"


_WHERE = {"any": "both", "build": "builds", "log": "logs"}


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    if sys.argv[1:] == ["needs"]:
        sources = rule_sources()
        sys.stdout.write(written(sources, RulePack(sources).needs()))
    else:
        sys.stdout.write(table(packaged_rules()))
