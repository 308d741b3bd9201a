"""Claims about what the orchestrator's model is told, on AutoGen's own prompts."""

from autogen_agentchat.teams._group_chat._magentic_one import _prompts as autogen_prompts
from autogen_core.models import AssistantMessage, UserMessage

from responder.team.briefing.brevity import said_once
from responder.team.briefing.prompts import TEAM, Ask, asked
from responder.team.guard.clients import text_of
from responder.team.guard.ledger import Ledger

TASK = "Find out why checkout answers 503. " + "evidence " * 60
SPEAKERS = ["FileSurfer", "Coder"]


def user(text: str) -> UserMessage:
    return UserMessage(content=text, source="MagenticOneOrchestrator")


def test_the_plan_is_asked_in_one_message() -> None:
    """Request, team and question; the survey of facts that code has answered is gone, and the call is still known."""
    survey = user(autogen_prompts.ORCHESTRATOR_TASK_LEDGER_FACTS_PROMPT.format(task=TASK))
    facts = AssistantMessage(content="code has them", source="x")
    question = user(autogen_prompts.ORCHESTRATOR_TASK_LEDGER_PLAN_PROMPT.format(team="..."))

    (said,) = said_once([survey, facts, question], TASK, SPEAKERS)

    assert asked(text_of(survey)) is Ask.FACTS
    assert asked(text_of(question)) is asked(text_of(said)) is Ask.PLAN
    assert text_of(said).startswith(TASK)
    assert all(words in text_of(said) for words in TEAM.values())
    assert "Ken Jennings" not in text_of(said)


def test_the_ledger_is_asked_without_the_request() -> None:
    """What stands in the thread is not said again; every key of the ledger and every speaker is named."""
    thread = [user(f"We are working to address {TASK}"), user("a page")]
    prompt = autogen_prompts.ORCHESTRATOR_PROGRESS_LEDGER_PROMPT.format(task=TASK, team="...", names="...")

    *before, last = said_once([*thread, user(prompt)], TASK, SPEAKERS)

    assert before == thread
    assert TASK not in text_of(last)
    assert len(text_of(last)) < len(prompt) / 4
    assert all(f'"{key}"' in text_of(last) for key in Ledger.model_fields)
    assert "FileSurfer or Coder" in text_of(last)


def test_a_new_plan_refers_to_the_request() -> None:
    """The update of the facts repeats the request in AutoGen's words, and refers to it in ours."""
    prompt = autogen_prompts.ORCHESTRATOR_TASK_LEDGER_FACTS_UPDATE_PROMPT.format(task=TASK, facts="none")

    *_, last = said_once([user(TASK), user(prompt)], TASK, SPEAKERS)

    assert asked(text_of(last)) is Ask.NEW_FACTS
    assert TASK not in text_of(last)
    assert "(the request above)" in text_of(last)


def test_everything_else_stays_as_it_is() -> None:
    """A correction, a page, a short request: nothing is rewritten."""
    for thread in ([user("Reply with the JSON object alone.")], [user("why?"), user("why?")]):
        assert said_once(thread, "why?", SPEAKERS) == thread
