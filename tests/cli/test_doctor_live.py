"""Claims about `doctor --live`: what it says of a model that it has really asked."""

import pytest
from msgspec.structs import replace

from responder.cli.doctor import ask_models
from responder.secret import SecretStr
from responder.settings import Settings
from tests.team.guard.faults import KEY, error
from tests.team.models.endpoint import Answer, Respond, completion, endpoint

READY = completion('{"ready": true}')
CALL = completion(tool="ready")


def settings(url: str, **more: object) -> Settings:
    return replace(Settings(base_url=url, model="m", openai_api_key=SecretStr(KEY)), **more)


@pytest.mark.parametrize(
    ("respond", "found"),
    [
        (lambda request, _: CALL if request.get("tools") else READY, "JSON yes, tools yes, usage yes"),
        (lambda request, _: READY, "JSON yes, tools no, usage yes"),
        (lambda request, _: error(400, "no tools") if request.get("tools") else READY, "JSON yes, tools no, usage yes"),
        (lambda request, _: CALL if request.get("tools") else error(400), "JSON no, tools yes, usage yes"),
        (lambda request, _: completion("ok", usage=None), "JSON no, tools no, usage no"),
    ],
)
async def test_it_says_what_works(respond: Respond, found: str) -> None:
    """Two questions are asked, and each ability is told as it was seen."""
    with endpoint(respond) as served:
        (check,) = await ask_models(settings(served.url))

    assert check.state == "ok"
    assert found in check.found
    assert len(served.requests) == 2


async def test_a_refusal_is_told_without_the_key() -> None:
    """What the endpoint says is shown, the key in it is not, and a run would still start."""
    with endpoint(lambda *_: error(401, f"Incorrect API key provided: {KEY}")) as served:
        (check,) = await ask_models(settings(served.url))

    assert check.state == "warning"
    assert "401" in check.found
    assert KEY not in check.found


async def test_the_workers_model_is_asked_too() -> None:
    """Two models, two rows; the built-in analyst needs no call."""
    with endpoint(lambda request, _: READY if request["model"] == "m" else Answer(500)) as served:
        rows = await ask_models(settings(served.url, worker_model="small"))

    assert [row.state for row in rows] == ["ok", "warning"]
    assert [row.state for row in await ask_models(Settings(model="analyst"))] == ["ok"]
