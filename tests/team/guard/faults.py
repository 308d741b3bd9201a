"""A catalogue of what goes wrong between a team and its model, each as an endpoint that does it."""

import gzip
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from responder.team.guard.ledger import Ledger
from tests.team.models.endpoint import Answer, Respond, Way, completion

KEY = "sk-test-" + "a1B2c3D4" * 4
NOW = datetime(2026, 3, 14, 15, 0, tzinfo=UTC)
FINAL = json.dumps({"root_cause": "H1", "claims": [{"text": "slots ran out", "evidence": ["E1"]}]})
LIE = json.dumps(
    {
        "root_cause": "H77",
        "claims": [
            {"text": "the moon did it", "evidence": ["E999"]},
            {"text": "everybody knows"},
            {"text": "code proved it", "evidence": ["E1"], "verifications": ["V42"]},
        ],
    }
)


@dataclass(frozen=True)
class Fault:
    """One endpoint and how a run against it must end."""

    respond: Respond
    ends: str = "model_failed"
    """The stop reason: `model_failed` where the analyst took over, `concluded` where the model could go on."""
    told: str = ""
    """A word of the note that explains it; empty where there is nothing to explain."""
    most_requests: int = 80
    pauses: tuple[float, ...] | None = None
    """The pauses between the tries, where they are the point."""


def kind_of(request: dict[str, Any]) -> str:
    """Tell what is asked: `tool`, `final`, `ledger`, `code` or `text`."""
    texts = [str(message["content"]) for message in request["messages"]]
    if request.get("tools") or "The tools are:" in texts[-1]:
        return "tool"
    if "You write short programs" in texts[0]:
        return "code"
    if any("Conclude the investigation now" in text for text in texts[-3:]):
        return "final"
    return "ledger" if any("is_request_satisfied" in text for text in texts[-3:]) else "text"


def ledger(*, satisfied: bool, speaker: str = "FileSurfer", instruction: str = "Open E1", progress: bool = True) -> str:
    made = Ledger.make(satisfied=satisfied, reason="r", speaker=speaker, instruction=instruction, progress=progress)
    return made.model_dump_json()


def good(request: dict[str, Any], _: int = 0) -> Answer:
    """Answer like a sound model: read E1, then conclude."""
    seen = any("| 2026" in str(message["content"]) for message in request["messages"])
    match kind_of(request):
        case "tool":
            return completion(tool="context", arguments='{"id": "E1"}')
        case "code":
            return completion("```python\nimport platform\nprint(platform.platform())\n```")
        case "final":
            return completion(FINAL)
        case "ledger":
            return completion(ledger(satisfied=seen))
    return completion("noted")


def always(answer: Answer) -> Respond:
    return lambda request, number: answer


def first(count: int, answer: Answer) -> Respond:
    """Fail this often, then be sound."""
    return lambda request, number: answer if number <= count else good(request)


def when(asked: str, answer: Answer) -> Respond:
    """Be sound but for one kind of request."""
    return lambda request, number: answer if kind_of(request) == asked else good(request)


def mapped(change: Callable[[Answer], Answer]) -> Respond:
    """Be sound, and change every reply on its way."""
    return lambda request, number: change(good(request))


def error(status: int, message: str = "no", **headers: str) -> Answer:
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps({"error": {"message": message, "code": status}}), shown)


def torn(way: Way) -> Answer:
    return Answer(200, completion("x" * 40).body, way=way)


def edited(change: Callable[[dict[str, Any]], object]) -> Respond:
    """Be sound, and change the parsed body of every reply."""

    def respond(request: dict[str, Any], _: int) -> Answer:
        value = json.loads(good(request).body)
        change(value)
        return Answer(200, json.dumps(value))

    return respond


def in_words(refusal: str) -> Respond:
    """Refuse the tool interface, and write the call out where the tools are told in words."""

    def respond(request: dict[str, Any], _: int) -> Answer:
        if request.get("tools"):
            return error(400, refusal)
        call = '{"tool": "context", "arguments": {"id": "E1"}}'
        return completion(call) if kind_of(request) == "tool" else good(request)

    return respond


def without(feature: str, message: str) -> Respond:
    """Refuse a field of the request, and be sound without it."""
    return lambda request, number: error(400, message) if request.get(feature) else good(request)


def small_context(request: dict[str, Any], _: int) -> Answer:
    size = max(len(str(message["content"])) for message in request["messages"])
    return error(400, "maximum context length is 1000 tokens") if size > 4_000 else good(request)


def ledgers(*rows: str) -> Respond:
    """Be sound, with these ledgers in turn for ever."""
    turns = itertools.cycle(rows)
    return lambda request, number: completion(next(turns)) if kind_of(request) == "ledger" else good(request)


def counting(pattern: str) -> Respond:
    """Never be satisfied, with another number in each instruction."""
    numbers = itertools.count(100)

    def respond(request: dict[str, Any], _: int) -> Answer:
        if kind_of(request) == "ledger":
            return completion(ledger(satisfied=False, instruction=pattern.format(next(numbers))))
        return good(request)

    return respond


def redirected(status: int, target: str) -> Answer:
    return Answer(status, "", {"Location": target})


def packed(answer: Answer) -> Answer:
    return Answer(200, gzip.compress(str(answer.body).encode()), {"Content-Encoding": "gzip"})


def ten_calls(request: dict[str, Any], _: int) -> Answer:
    call = {"type": "function", "function": {"name": "context", "arguments": '{"id": "E1"}'}}
    many = [{"id": f"c{n}", **call} for n in range(10)]
    return completion(calls=many) if kind_of(request) == "tool" else good(request)


def parrot(request: dict[str, Any], _: int) -> Answer:
    return completion(str(request["messages"][-1]["content"]))


def tool_call(**function: Any) -> Answer:
    call = {"id": "c1", "type": "function", "function": {"name": "context", "arguments": '{"id": "E1"}'}}
    return completion(calls=[{**call, "function": {**call["function"], **function}}])  # type: ignore[dict-item]


def calls_with(change: Callable[[dict[str, Any]], object]) -> Respond:
    def respond(request: dict[str, Any], _: int) -> Answer:
        value = json.loads(good(request).body)
        for call in value["choices"][0]["message"].get("tool_calls", ()):
            change(call)
        return Answer(200, json.dumps(value))

    return respond


def message_is(message: Any) -> Answer:
    return completion(message=message)


_DATE = format_datetime(NOW + timedelta(seconds=2), usegmt=True)
_DEEP = "[" * 200_000
_BROKEN_LEDGER = ledger(satisfied=False)[:-40]
_TWO = f"{ledger(satisfied=False)}\n{ledger(satisfied=True)}"
_THOUGHT = "<think>{'is_request_satisfied': maybe} ```python\nprint(1)\n```</think>\n"

FAULTS: dict[str, Fault] = {
    # What HTTP says
    "400": Fault(always(error(400)), told="400", most_requests=1),
    "401": Fault(always(error(401, f"Incorrect API key provided: {KEY}")), told="401", most_requests=1),
    "402": Fault(always(error(402)), told="402", most_requests=1),
    "403": Fault(always(error(403)), told="403", most_requests=1),
    "404": Fault(always(error(404, "model not found")), told="404", most_requests=1),
    "413": Fault(always(error(413)), told="413", most_requests=1),
    "429 for ever": Fault(always(error(429)), told="429", most_requests=4),
    "429 twice, seconds": Fault(first(2, error(429, Retry_After="3")), "concluded", pauses=(3.0, 3.0)),
    "429 once, date": Fault(first(1, error(429, Retry_After=_DATE)), "concluded", pauses=(2.0,)),
    "429 with nonsense": Fault(first(1, error(429, Retry_After="soon")), "concluded", pauses=(0.5,)),
    "429 with an hour": Fault(always(error(429, Retry_After="3600")), told="429", most_requests=1),
    "500": Fault(always(error(500)), told="500", most_requests=4),
    "500 as a page": Fault(always(Answer(500, "<html>" + "x" * 90_000, {"Content-Type": "text/html"})), told="500"),
    "501": Fault(always(error(501)), told="501", most_requests=1),
    "502": Fault(always(error(502)), told="502", most_requests=4),
    "503 twice": Fault(first(2, Answer(503, "overloaded")), "concluded", pauses=(0.5, 1.0)),
    "504": Fault(always(error(504)), told="504", most_requests=4),
    "529": Fault(always(error(529, "overloaded")), told="529", most_requests=4),
    "key in the error": Fault(always(error(400, f"bad header Bearer {KEY}")), told="400", most_requests=1),
    "redirect in the house": Fault(always(redirected(302, "/v2/chat/completions")), told="redirects", most_requests=1),
    # What the connection does
    "hang": Fault(always(torn("silent")), told="did not answer in time", most_requests=2),
    "hang once": Fault(first(1, torn("silent")), "concluded"),
    "slow drip": Fault(always(torn("drip")), told="did not answer in time", most_requests=2),
    "reset in the middle": Fault(always(torn("reset")), told="onnection", most_requests=4),
    "reset once": Fault(first(1, torn("reset")), "concluded"),
    "short body": Fault(always(torn("short")), told="onnection", most_requests=4),
    "closed at once": Fault(always(torn("close")), told="onnection", most_requests=4),
    # What the body is
    "invalid JSON": Fault(always(Answer(200, "{not json")), told="not JSON", most_requests=1),
    "HTML page": Fault(always(Answer(200, "<html>hi</html>", {"Content-Type": "text/html"})), told="HTML page"),
    "empty body": Fault(always(Answer(200, "")), told="an empty body", most_requests=1),
    "events": Fault(always(Answer(200, 'data: {"x": 1}\n\n', {"Content-Type": "text/event-stream"})), told="events"),
    "array": Fault(always(Answer(200, "[]")), told="not an object", most_requests=1),
    "null": Fault(always(Answer(200, "null")), told="not an object", most_requests=1),
    "deep nesting": Fault(always(Answer(200, _DEEP)), told="not JSON", most_requests=1),
    "wrong type": Fault(mapped(lambda a: Answer(200, a.body, {"Content-Type": "text/plain"})), "concluded"),
    "byte order mark": Fault(mapped(lambda a: Answer(200, f"\ufeff{a.body}")), "concluded"),
    "not UTF-8": Fault(mapped(lambda a: Answer(200, str(a.body).encode().replace(b"slots", b"sl\xf6ts"))), "concluded"),
    "gzip": Fault(mapped(packed), "concluded"),
    "gzip garbage": Fault(always(Answer(200, b"\x1f\x8bgarbage", {"Content-Encoding": "gzip"})), told="garbled"),
    "gzip bomb": Fault(
        always(Answer(200, gzip.compress(b" " * 60_000_000, 1), {"Content-Encoding": "gzip"})), told="larger than"
    ),
    "unknown packing": Fault(always(Answer(200, b"zz", {"Content-Encoding": "br"})), told="packed as"),
    "20 MB": Fault(always(completion("x" * 20_000_000)), told="larger than", most_requests=1),
    "1 MB of talk": Fault(when("text", completion("word " * 200_000)), "concluded"),
    "error in a 200": Fault(always(Answer(200, '{"error": {"message": "quota"}}')), told="quota", most_requests=1),
    "429 in a 200": Fault(first(1, Answer(200, '{"error": {"message": "slow", "code": 429}}')), "concluded"),
    # What the reply looks like
    "empty choices": Fault(always(Answer(200, '{"choices": []}')), told="no message", most_requests=1),
    "null choices": Fault(always(Answer(200, '{"choices": null}')), told="no message", most_requests=1),
    "null message": Fault(always(message_is(None)), told="no message", most_requests=1),
    "message is a string": Fault(always(message_is("hello")), told="no message", most_requests=1),
    "unknown finish reason": Fault(edited(lambda v: v["choices"][0].update(finish_reason="by moonlight")), "concluded"),
    "null content": Fault(when("text", completion(None)), "concluded"),
    "content in parts": Fault(
        edited(lambda v: v["choices"][0]["message"].update(content=_parts(v["choices"][0]["message"]["content"]))),
        "concluded",
    ),
    "no usage": Fault(edited(lambda v: v.pop("usage")), "concluded"),
    "usage in words": Fault(edited(lambda v: v.update(usage={"prompt_tokens": "many"})), "concluded"),
    "negative usage": Fault(
        edited(lambda v: v.update(usage={"prompt_tokens": -5, "completion_tokens": 1e9})), "concluded"
    ),
    "enormous usage": Fault(edited(lambda v: v["usage"].update(prompt_tokens=10**9)), "budget"),
    "cut-off ledger": Fault(when("ledger", completion(_BROKEN_LEDGER, finish_reason="length")), told="ledger"),
    "lone surrogates": Fault(when("text", Answer(200, str(completion("X").body).replace("X", "\\ud800"))), "concluded"),
    # Tools
    "bad arguments": Fault(when("tool", tool_call(arguments="{bad")), "stalled"),
    "arguments as an object": Fault(calls_with(lambda c: c["function"].update(arguments={"id": "E1"})), "concluded"),
    "null arguments": Fault(when("tool", tool_call(arguments=None)), "stalled"),
    "unknown tool": Fault(when("tool", completion(tool="rm", arguments="{}")), "stalled"),
    "no tool name": Fault(when("tool", tool_call(name=None)), "stalled"),
    "empty tool id": Fault(calls_with(lambda c: c.update(id="")), "concluded"),
    "no tool id": Fault(calls_with(lambda c: c.pop("id")), "concluded"),
    "ten tool calls": Fault(ten_calls, "concluded"),
    "call where none was offered": Fault(when("text", completion(tool="context")), "concluded"),
    "call as text": Fault(
        when("tool", completion('<tool_call>{"name": "context", "arguments": {"id": "E1"}}</tool_call>')),
        "concluded",
    ),
    "old function call": Fault(edited(lambda v: v["choices"][0]["message"].update(function_call={})), "concluded"),
    # What the endpoint does not know
    "no tools while it reasons": Fault(
        in_words("Function tools with reasoning_effort are not supported in /v1/chat/completions."), "concluded"
    ),
    "no JSON mode": Fault(without("response_format", "'response_format.type' must be 'text'"), "concluded"),
    "no tools": Fault(in_words("this model does not support tools"), "concluded"),
    "small context": Fault(small_context, "concluded"),
    "no context": Fault(always(error(400, "maximum context length is 0 tokens")), told="context", most_requests=3),
    # What the model says
    "wrong speaker": Fault(ledgers(ledger(satisfied=False, speaker="WebSurfer")), told="ledger"),
    "nobody speaks": Fault(ledgers(ledger(satisfied=False).replace('"FileSurfer"', "null")), told="ledger"),
    "endless stall": Fault(ledgers(ledger(satisfied=False, progress=False)), "stalled"),
    "endless alternation": Fault(
        ledgers(ledger(satisfied=False, instruction="Open A"), ledger(satisfied=False, instruction="Open B")), "stalled"
    ),
    "near-identical calls": Fault(counting("read with limit:{}"), "stalled"),
    "contradictory ledger": Fault(
        ledgers(ledger(satisfied=True, progress=False).replace('"is_in_loop":{', '"is_in_loop":{"x":1,')), "concluded"
    ),
    "two ledgers": Fault(ledgers(_TWO), "stalled"),
    "refusal": Fault(always(completion("I'm sorry, but I can't help with that.")), told="ledger", most_requests=6),
    "everything is ok": Fault(always(completion("ok")), told="ledger", most_requests=6),
    "nothing said": Fault(always(completion("")), told="ledger", most_requests=6),
    "parrot": Fault(parrot, told="ledger"),
    "reasoning first": Fault(
        edited(
            lambda v: v["choices"][0]["message"].update(
                content=_THOUGHT + (v["choices"][0]["message"].get("content") or "")
            )
        ),
        "concluded",
    ),
    "reasoning without end": Fault(always(completion("<think>hmm, let me see")), told="ledger", most_requests=6),
    "no conclusion": Fault(when("final", completion("It was probably the network.")), told="final answer"),
    "lies": Fault(when("final", completion(LIE)), "concluded"),
    "key repeated": Fault(
        when("final", completion(FINAL.replace("slots ran out", f"the key is {KEY}"))),
        "concluded",
    ),
    "satisfied at once": Fault(ledgers(ledger(satisfied=True)), "concluded"),
    "endless instruction": Fault(ledgers(ledger(satisfied=False, instruction="open " * 50_000)), told="ledger"),
    "terminal codes": Fault(
        when("final", completion(FINAL.replace("slots", "\\u001b[31mslots\\u0007"))),
        "concluded",
    ),
}


def _parts(content: str | None) -> list[dict[str, str]] | None:
    return None if content is None else [{"type": "text", "text": content[:5]}, {"type": "text", "text": content[5:]}]
