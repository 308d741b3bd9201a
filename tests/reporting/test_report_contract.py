"""`report.json`: the shape that pipelines rely on."""

import json
import math
import subprocess
import sys

import jsonschema
import pytest
from msgspec.structs import replace

from responder.incident import EvidenceId, Verdict
from responder.reporting.contract import dump, schema, to_json
from responder.team.interface import Conclusion
from tests.reporting.builders import CONCLUSION, EXPLANATION, POOL, healthy, inconclusive, report

CONTRACT = [
    "verdict",
    "root_cause",
    "hypotheses",
    "evidence",
    "timeline",
    "impact",
    "actions",
    "not_checked",
    "redactions",
    "agents",
    "sandbox",
    "audit",
    "timings",
    "inputs",
    "schema_version",
]
REPORTS = {"diagnosed": report(), "healthy": healthy(), "inconclusive": inconclusive()}


def test_the_schema_is_a_valid_json_schema() -> None:
    """The shipped schema itself obeys JSON Schema 2020-12."""
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("verdict", REPORTS)
def test_every_report_obeys_the_schema(verdict: str) -> None:
    """Whatever the verdict, the JSON is valid, and says that verdict."""
    value = json.loads(dump(REPORTS[verdict]))

    jsonschema.validate(value, schema(), cls=jsonschema.Draft202012Validator)
    assert value["verdict"] == verdict


def test_the_schema_refuses_unknown_and_missing_keys() -> None:
    """Validation means something: a key too many or too few anywhere is an error."""
    extra = to_json(report())
    extra["evidence"][0]["colour"] = "red"
    missing = to_json(report())
    del missing["sandbox"]["tier_reason"]
    for value in (extra, missing):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(value, schema())


def test_every_object_of_the_schema_is_closed_and_every_field_described() -> None:
    """No object of the schema lets unnamed keys through unless its values are typed, and none lacks a description."""

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object":
                assert node["additionalProperties"] is False or "type" in node["additionalProperties"]
            for name, field in node.get("properties", {}).items():
                described = "description" in field or "$ref" in field or "const" in field or "properties" in field
                assert described, name
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(schema())


def test_the_keys_stand_in_the_documented_order() -> None:
    """A person who opens the file meets the verdict first, and a diff of two reports lines up."""
    keys = list(to_json(report()))

    assert [key for key in keys if key in CONTRACT] == CONTRACT
    assert keys == list(schema()["properties"])


def test_the_same_report_gives_the_same_bytes() -> None:
    """Two builds from equal values are byte for byte equal, UTF-8, and end in one newline."""
    first, second = dump(report()), dump(report())

    assert first == second
    assert first.decode("utf-8").endswith("}\n")


@pytest.mark.parametrize("shares", [(0.333333, 0.333333, 0.333334), (0.99995, 0.00004, 0.00001), (0.5, 0.25, 0.125)])
def test_probabilities_sum_to_one_as_printed(shares: tuple[float, ...]) -> None:
    """Rounding never makes the printed shares sum to anything but 1."""
    hypotheses = tuple(
        replace(item, probability=share) for item, share in zip(EXPLANATION.hypotheses, shares, strict=True)
    )
    value = to_json(report(replace(EXPLANATION, hypotheses=hypotheses, none_of_these=1 - sum(shares))))

    total = sum(item["probability"] for item in value["hypotheses"]) + value["none_of_these"]
    assert math.isclose(total, 1, abs_tol=1e-9)


def test_below_one_half_there_is_no_root_cause() -> None:
    """Whatever the engine's verdict says, an unlikely leader is not called the cause, and brings no remedies."""
    unlikely = replace(EXPLANATION, hypotheses=(replace(POOL, probability=0.49),), none_of_these=0.51)
    value = to_json(report(unlikely))

    assert value["verdict"] == Verdict.INCONCLUSIVE
    assert value["root_cause"] is None
    assert value["actions"] == {"immediate": [], "prevention": []}


def test_verified_says_whether_code_confirmed_the_cause() -> None:
    """`root_cause.verified` is true only after a code run that confirmed that very hypothesis."""
    assert to_json(report())["root_cause"]["verified"] is True
    assert to_json(report(conclusion=Conclusion("not_run")))["root_cause"]["verified"] is False


def test_times_are_utc_with_a_z() -> None:
    """Every moment is RFC 3339 in UTC."""
    assert to_json(report())["root_cause"]["first_seen"] == "2026-03-14T14:03:12.418000Z"


def test_switched_off_redaction_shows() -> None:
    """A reader can tell "nothing secret was found" from "nobody looked"."""
    assert to_json(report(redactions={}))["redactions"] == {"count": 0, "kinds": {}, "enabled": True}
    assert to_json(report(redactions=None))["redactions"] == {"count": 0, "kinds": {}, "enabled": False}


def test_every_cited_id_stands_in_the_evidence() -> None:
    """An id that no evidence carries is dropped wherever it was cited."""
    dangling = replace(POOL, supporting=(EvidenceId("E1"), EvidenceId("E99")))
    value = to_json(report(replace(EXPLANATION, hypotheses=(dangling,), none_of_these=0.14), CONCLUSION))

    assert value["root_cause"]["evidence"] == ["E1"]


def test_json_and_summary_need_no_template_engine() -> None:
    """`triage` answers in milliseconds: its two outputs load neither Jinja2 nor a Markdown parser."""
    code = "import sys, responder.reporting.contract, responder.reporting.summary; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not {"jinja2", "markdown_it", "rich", "autogen_core"} & set(loaded)
