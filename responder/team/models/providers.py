"""How the chosen model's client is built; the provider's library is loaded by the build that needs it."""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from responder.errors import ConfigError
from responder.team.models.choice import ModelChoice, Provider

if TYPE_CHECKING:
    from autogen_core.models import ChatCompletionClient, ModelInfo

__all__ = ["build_client"]

# Stated, because the libraries would otherwise take another one from variables that no setting shows.
_OPENAI_BASE_URL = "https://api.openai.com/v1"
_ANTHROPIC_BASE_URL = "https://api.anthropic.com"
_ANTHROPIC_MAX_TOKENS = 8_192


def build_client(choice: ModelChoice, *, timeout_seconds: float = 120.0) -> "ChatCompletionClient":
    """Make the provider's client.

    `model_info` is always given, because AutoGen refuses every model name that its table does not know. Structured
    output is declared absent so that the ledger stays plain JSON, which the guard can repair; the provider's own
    retries are off because the guard retries.

    Raises:
        ConfigError: The choice is the built-in analyst, which has no provider client.
    """
    builders: dict[Provider, Callable[..., ChatCompletionClient]] = {"anthropic": _anthropic, "azure": _azure}
    if choice.provider == "analyst":
        raise ConfigError("the built-in analyst has no provider client")
    return builders.get(choice.provider, _openai)(choice, timeout_seconds)


def _model_info() -> "ModelInfo":
    from autogen_core.models import ModelFamily, ModelInfo

    return ModelInfo(
        vision=False,
        function_calling=True,
        json_output=True,
        structured_output=False,
        multiple_system_messages=True,
        family=ModelFamily.UNKNOWN,
    )


def _connection(timeout_seconds: float) -> dict[str, Any]:
    from responder.team.models.transport import http_client

    # Endpoints answer under names and with values of their own, and the libraries warn of each on the terminal.
    for message in ("Resolved model mismatch", "Pydantic serializer warnings", "The model '.*' is deprecated"):
        warnings.filterwarnings("ignore", message=message)
    return {"timeout": timeout_seconds, "max_retries": 0, "http_client": http_client(timeout_seconds)}


def _openai(choice: ModelChoice, timeout_seconds: float) -> "ChatCompletionClient":
    from autogen_ext.models.openai import OpenAIChatCompletionClient

    return OpenAIChatCompletionClient(
        model=choice.model,
        api_key=choice.api_key.get_secret_value() if choice.api_key else "",
        base_url=choice.base_url or _OPENAI_BASE_URL,
        model_info=_model_info(),
        **_connection(timeout_seconds),
    )


def _azure(choice: ModelChoice, timeout_seconds: float) -> "ChatCompletionClient":
    from autogen_ext.models.openai import AzureOpenAIChatCompletionClient

    return AzureOpenAIChatCompletionClient(
        model=choice.model,
        azure_deployment=choice.model,
        azure_endpoint=choice.base_url,
        api_version=choice.api_version,
        api_key=choice.api_key.get_secret_value() if choice.api_key else "",
        model_info=_model_info(),
        **_connection(timeout_seconds),
    )


def _anthropic(choice: ModelChoice, timeout_seconds: float) -> "ChatCompletionClient":
    from responder.team.models.anthropic_client import anthropic_client

    return anthropic_client(
        model=choice.model,
        api_key=choice.api_key.get_secret_value() if choice.api_key else "",
        base_url=choice.base_url or _ANTHROPIC_BASE_URL,
        model_info=_model_info(),
        max_tokens=_ANTHROPIC_MAX_TOKENS,
        **_connection(timeout_seconds),
    )
