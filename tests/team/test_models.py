"""Claims about choosing the model from settings alone."""

from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from responder.errors import ConfigError
from responder.team.models import build_client, choose_model


@dataclass
class Keys:
    model: str = ""
    base_url: str = ""
    gemini_api_key: SecretStr | None = None
    openai_api_key: SecretStr | None = None
    anthropic_api_key: SecretStr | None = None
    ollama_host: str = ""


KEY = SecretStr("k" * 20)


@pytest.mark.parametrize(
    ("keys", "provider", "model"),
    [
        (Keys(), "analyst", "analyst"),
        (Keys(gemini_api_key=KEY, openai_api_key=KEY, anthropic_api_key=KEY), "gemini", "gemini-2.5-flash"),
        (Keys(openai_api_key=KEY, anthropic_api_key=KEY), "openai", "gpt-4.1"),
        (Keys(anthropic_api_key=KEY), "anthropic", "claude-sonnet-4-5"),
        (Keys(gemini_api_key=SecretStr("  ")), "analyst", "analyst"),
        (Keys(model="analyst", gemini_api_key=KEY), "analyst", "analyst"),
        (Keys(model="gpt-99-preview", openai_api_key=KEY), "openai", "gpt-99-preview"),
        (Keys(model="ollama/qwen3:8b"), "ollama", "qwen3:8b"),
        (Keys(model="anything", base_url="http://127.0.0.1:8000/v1"), "compatible", "anything"),
    ],
)
def test_the_choice_follows_the_settings(keys: Keys, provider: str, model: str) -> None:
    """Names win over keys, Gemini over the other keys, and without any key the analyst answers."""
    choice = choose_model(keys)

    assert (choice.provider, choice.model) == (provider, model)
    assert choice.reason


@pytest.mark.parametrize(
    "keys", [Keys(model="gpt-4.1"), Keys(model="mystery-7b"), Keys(base_url="http://127.0.0.1:1/v1")]
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
        Keys(model="x", base_url="http://127.0.0.1:1/v1"),
    ],
)
def test_a_model_name_that_nobody_knows_still_gets_a_client(keys: Keys) -> None:
    """The client is built for any name, because its abilities are always declared."""
    client = build_client(choose_model(keys))

    assert client.model_info["json_output"]
    assert not client.model_info["structured_output"]
