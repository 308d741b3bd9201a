"""Claims about asking before code runs."""

import hashlib

from responder.sandbox.approved import Approval, ApprovedSandbox
from responder.sandbox.audited import AuditedSandbox
from responder.testing import MemoryJournal, ScriptedSandbox


class Answers:
    def __init__(self, approved: bool) -> None:
        self.approved = approved
        self.asked: list[tuple[str, str]] = []

    async def decide(self, code: str, *, language: str, sha256: str) -> Approval:
        self.asked.append((code, sha256))
        return Approval(self.approved, "said so")


async def test_refused_code_never_reaches_the_sandbox() -> None:
    """A no is a result that the model can read, and nothing ran."""
    inner, journal = ScriptedSandbox(["ran"]), MemoryJournal()
    sandbox = AuditedSandbox(ApprovedSandbox(inner, Answers(False), journal), journal)

    execution = await sandbox.execute("print(1)")

    assert inner.ran == []
    assert (execution.ending, execution.exit_code, execution.note) == ("refused", 126, "not run: said so")


async def test_an_approval_is_bound_to_the_exact_bytes() -> None:
    """What was shown, what was journalled and what ran have one hash."""
    inner, journal, answers = ScriptedSandbox(["ran"]), MemoryJournal(), Answers(True)
    sandbox = AuditedSandbox(ApprovedSandbox(inner, answers, journal), journal)
    code = "print('\u00e9')\n"

    await sandbox.execute(code)

    digest = hashlib.sha256(code.encode()).hexdigest()
    assert answers.asked == [(code, digest)]
    assert inner.ran == [code]
    assert [item["sha256"] for item in journal.of("decision")] == [digest]
    assert [item["sha256"] for item in journal.of("code.requested")] == [digest]
