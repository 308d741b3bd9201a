"""Claims about choosing the model from settings alone."""

from dataclasses import dataclass

import pytest

from responder.errors import ConfigError
from responder.secret import SecretStr
from responder.team.models import build_client, choose_model, choose_worker
from responder.team.models.prices import price_of


@dataclass
class Keys:
    model: str = ""
    base_url: str = ""
    gemini_api_key: SecretStr | None = None
    openai_api_key: SecretStr | None = None
    anthropic_api_key: SecretStr | None = None
    azure_openai_api_key: SecretStr | None = None
    azure_openai_endpoint: str = ""
    azure_openai_api_version: str = "2024-10-21"
    ollama_host: str = ""
    worker_model: str = ""


KEY = SecretStr("k" * 20)


@pytest.mark.parametrize(
    ("keys", "provider", "model"),
    [
        (Keys(), "analyst", "analyst"),
        (Keys(gemini_api_key=KEY, openai_api_key=KEY, anthropic_api_key=KEY), "gemini", "gemini-3.8-flash"),
        (Keys(openai_api_key=KEY, anthropic_api_key=KEY), "openai", "gpt-5.6-terra"),
        (Keys(anthropic_api_key=KEY), "anthropic", "claude-sonnet-5-5"),
        (Keys(gemini_api_key=SecretStr("  ")), "analyst", "analyst"),
        (Keys(model="analyst", gemini_api_key=KEY), "analyst", "analyst"),
        (Keys(model="gpt-99-preview", openai_api_key=KEY), "openai", "gpt-99-preview"),
        (Keys(model="ollama/qwen3:8b"), "ollama", "qwen3:8b"),
        (Keys(model="azure/d1", azure_openai_api_key=KEY, azure_openai_endpoint="https://x.test"), "azure", "d1"),
        (Keys(model="anything", base_url="http://127.0.0.1:8000/v1"), "compatible", "anything"),
    ],
)
def test_the_choice_follows_the_settings(keys: Keys, provider: str, model: str) -> None:
    """Names win over keys, Gemini over the other keys, and without any key the analyst answers."""
    choice = choose_model(keys)

    assert (choice.provider, choice.model) == (provider, model)
    assert choice.reason


@pytest.mark.parametrize(
    "keys",
    [
        Keys(model="gpt-4.1"),
        Keys(model="azure/d1", azure_openai_api_key=KEY),
        Keys(model="mystery-7b"),
        Keys(base_url="http://127.0.0.1:1/v1"),
    ],
)
def test_an_impossible_choice_says_what_is_missing(keys: Keys) -> None:
    """A named model without its key or address is an error with a hint, never a silent other model."""
    with pytest.raises(ConfigError) as raised:
        choose_model(keys)

    assert raised.value.hint


@pytest.mark.parametrize(
    "keys",
    [
        Keys(model="gemini-77-ultra", gemini_api_key=KEY),
        Keys(model="gpt-99-preview", openai_api_key=KEY),
        Keys(model="claude-99", anthropic_api_key=KEY),
        Keys(model="ollama/llama9"),
        Keys(model="azure/d1", azure_openai_api_key=KEY, azure_openai_endpoint="https://x.test"),
        Keys(model="x", base_url="http://127.0.0.1:1/v1"),
    ],
)
def test_a_model_name_that_nobody_knows_still_gets_a_client(keys: Keys) -> None:
    """The client is built for any name, because its abilities are always declared."""
    client = build_client(choose_model(keys))

    assert client.model_info["json_output"]
    assert not client.model_info["structured_output"]


def test_workers_have_the_same_model_unless_one_is_named() -> None:
    """A worker's model is found like the model itself: at the base URL, or by the provider that it names."""
    at_url = Keys(model="large", worker_model="small", base_url="http://127.0.0.1:1/v1")
    mixed = Keys(model="gpt-4.1", worker_model="ollama/qwen3:8b", openai_api_key=KEY)

    assert choose_worker(Keys(model="gpt-4.1", openai_api_key=KEY)) is None
    small, local = choose_worker(at_url), choose_worker(mixed)

    assert small is not None and (small.provider, small.model) == ("compatible", "small")
    assert local is not None and (local.provider, local.model) == ("ollama", "qwen3:8b")
    with pytest.raises(ConfigError):
        choose_worker(Keys(model="gpt-4.1", worker_model="claude-x", openai_api_key=KEY))


def test_no_default_model_is_at_the_end_of_its_life() -> None:
    """The pinned client library lists the models that go away; ours is none of them."""
    from anthropic.resources.messages.messages import DEPRECATED_MODELS

    assert choose_model(Keys(anthropic_api_key=KEY)).model not in DEPRECATED_MODELS


def test_every_default_model_has_a_known_price() -> None:
    """Whoever sets a key and nothing else has a budget in dollars that holds."""
    for keys in (Keys(gemini_api_key=KEY), Keys(openai_api_key=KEY), Keys(anthropic_api_key=KEY)):
        assert price_of(choose_model(keys)) is not None
