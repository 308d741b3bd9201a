"""The programs that the analyst's Coder sends into the sandbox."""

import json
from functools import cache
from importlib import resources

from responder.causes.interface import Check, Hypothesis
from responder.team.case import Case

__all__ = ["probe_program", "prove_program", "survey_program"]

_PROVE = """import os, platform
print(platform.platform())
print("python", platform.python_version(), "uid", os.getuid())
try:
    with open("/proc/net/dev") as table:
        print("interfaces", ", ".join(row.split(":")[0].strip() for row in table if ":" in row))
except OSError:
    print("interfaces: /proc is not visible here")
"""

_SURVEY = """import json, os, re
from pathlib import Path
root = Path(os.environ.get("EVIDENCE_DIR", "/evidence"))
failure = re.compile(r"\\b(FATAL|CRITICAL|PANIC|OOMKilled|Out of memory|Segmentation fault)\\b")
total = failed = 0
for entry in json.loads((root / "index.json").read_text(encoding="utf-8"))["files"]:
    lines = (root / entry["staged"]).read_bytes().decode("utf-8", "replace").split("\\n")
    hits = [line for line in lines if failure.search(line[:2000])]
    total, failed = total + len(lines), failed + len(hits)
    print(f"{entry['path']}: {len(lines)} lines, {len(hits)} with a word of total failure")
print(f"{total} lines read, {failed} with a word of total failure")
"""


def prove_program() -> str:
    """Return a program that says where it runs."""
    return _PROVE


def survey_program() -> str:
    """Return a program that counts records and words of total failure in every file."""
    return _SURVEY


def probe_program(case: Case, hypothesis: Hypothesis) -> str:
    """Return a program that tests a hypothesis by its predictions and prints a typed verdict."""
    data = {
        "hypothesis": hypothesis.id,
        "summary": hypothesis.summary,
        "mark": case.verdict_mark,
        "year": (hypothesis.first_seen or case.incident.started_at).year,
        "checks": [_described(case, check) for check in hypothesis.checks],
    }
    # A JSON text inside a Python literal, with no backtick: no value of the evidence can end the literal or the fence.
    literal = json.dumps(json.dumps(data).replace("`", "\\u0060"))
    return f"import json\nCASE = json.loads({literal})\n{_probe_source()}"


def _described(case: Case, check: Check) -> dict[str, object]:
    def side(evidence_id: str, needle: str) -> dict[str, object]:
        span = next(item.span for item in case.explanation.evidence if item.id == evidence_id)
        return {"id": evidence_id, "path": span.path, "line": span.line, "needle": needle}

    described: dict[str, object] = {
        "kind": check.kind,
        "statement": check.statement,
        "count": check.count,
        "first": side(check.first, check.first_needle),
    }
    if check.second is not None:
        described["second"] = side(check.second, check.second_needle)
    return described


@cache
def _probe_source() -> str:
    source = resources.files("responder.team.analyst").joinpath("probe.py").read_text(encoding="utf-8")
    # A future import must stand first, and the data stands before the program.
    return source.replace("from __future__ import annotations\n", "")
