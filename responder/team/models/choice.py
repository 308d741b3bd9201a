"""Which model answers, decided from the settings alone, so that `doctor` can explain it in milliseconds."""

from typing import Literal, Protocol

from msgspec import Struct

from responder.errors import ConfigError
from responder.secret import SecretStr

__all__ = ["ANALYST", "ModelChoice", "ModelSettings", "Provider", "choose_model", "choose_worker"]

Provider = Literal["analyst", "gemini", "openai", "anthropic", "azure", "ollama", "compatible"]

ANALYST = "analyst"
"""The model name that forces the built-in analyst."""

_DEFAULT_MODELS: dict[Provider, str] = {
    "gemini": "gemini-3.8-flash",
    "openai": "gpt-5.6-terra",
    "anthropic": "claude-sonnet-5-5",
}
_GEMINI_BASE_URL = "https://generativelanguage.googleapis.com/v1beta/openai/"
_PREFIXES: tuple[tuple[str, Provider], ...] = (
    ("gemini", "gemini"),
    ("claude", "anthropic"),
    ("gpt-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
)


class ModelSettings(Protocol):
    """The part of the settings that decides about models."""

    @property
    def model(self) -> str: ...  # noqa: D102
    @property
    def base_url(self) -> str: ...  # noqa: D102
    @property
    def gemini_api_key(self) -> SecretStr | None: ...  # noqa: D102
    @property
    def openai_api_key(self) -> SecretStr | None: ...  # noqa: D102
    @property
    def anthropic_api_key(self) -> SecretStr | None: ...  # noqa: D102
    @property
    def azure_openai_api_key(self) -> SecretStr | None: ...  # noqa: D102
    @property
    def azure_openai_endpoint(self) -> str: ...  # noqa: D102
    @property
    def azure_openai_api_version(self) -> str: ...  # noqa: D102
    @property
    def ollama_host(self) -> str: ...  # noqa: D102
    @property
    def worker_model(self) -> str: ...  # noqa: D102


class ModelChoice(Struct, frozen=True):
    """The model a run will use, and why."""

    provider: Provider
    model: str
    base_url: str
    """Empty for the provider's own default."""
    reason: str
    """One sentence for `doctor` and the report."""
    api_key: SecretStr | None = None
    api_version: str = ""
    """Of Azure OpenAI; empty elsewhere."""


def choose_worker(settings: ModelSettings) -> ModelChoice | None:
    """Decide which model answers for the Coder and the FileSurfer; None for the same one.

    `worker_model` is read like the model's own name: at `base_url` if one is set, else by the provider it names.

    Raises:
        ConfigError: The named model needs a key or an address that is not there.
    """
    name = settings.worker_model.strip()
    return _chosen(name, settings) if name else None


def choose_model(settings: ModelSettings) -> ModelChoice:
    """Decide which model answers.

    An explicit model name wins, then `base_url`, then the first key in the order Gemini, OpenAI, Anthropic. With none
    of these the built-in analyst answers.

    Raises:
        ConfigError: The named model needs a key or an address that is not there.
    """
    return _chosen(settings.model.strip(), settings)


def _chosen(name: str, settings: ModelSettings) -> ModelChoice:
    if name == ANALYST:
        return ModelChoice("analyst", ANALYST, "", "the built-in analyst was asked for")
    if settings.base_url:
        if not name:
            raise ConfigError("a base URL is set but no model name", hint="add --model NAME, as the endpoint calls it")
        # Local endpoints want a key in the header but do not look at it.
        key = settings.openai_api_key or SecretStr("unused")
        return ModelChoice("compatible", name, settings.base_url, f"base URL {settings.base_url} is set", key)
    if name:
        return _named(name, settings)
    for provider in ("gemini", "openai", "anthropic"):
        if (found := _key_of(provider, settings)) is not None:
            reason = f"{provider.upper()}_API_KEY is set and no model was named"
            return _hosted(provider, _DEFAULT_MODELS[provider], found, reason)
    return ModelChoice("analyst", ANALYST, "", "no model key is set, so the built-in analyst answers")


def _named(name: str, settings: ModelSettings) -> ModelChoice:
    prefix, _, rest = name.partition("/")
    if prefix == "ollama" and rest:
        return _ollama(rest, settings)
    if prefix == "azure" and rest:
        return _azure_choice(rest, settings)
    for start, provider in _PREFIXES:
        if name.startswith(start):
            key = _key_of(provider, settings)
            if key is None:
                raise ConfigError(
                    f"model {name!r} needs {provider.upper()}_API_KEY, which is not set",
                    hint="put the key into .env, or use --model analyst, which needs none",
                )
            return _hosted(provider, name, key, f"model {name!r} was named")
    raise ConfigError(
        f"no provider is known for model {name!r}",
        hint="add --base-url URL for an OpenAI-compatible endpoint, or name a gemini-*, gpt-*, claude-*, "
        "azure/DEPLOYMENT or ollama/NAME model",
    )


def _hosted(provider: Provider, model: str, key: SecretStr, reason: str) -> ModelChoice:
    return ModelChoice(provider, model, _GEMINI_BASE_URL if provider == "gemini" else "", reason, key)


def _ollama(model: str, settings: ModelSettings) -> ModelChoice:
    host = settings.ollama_host or "http://127.0.0.1:11434"
    if "://" not in host:
        host = f"http://{host}"
    reason = f"model 'ollama/{model}' was named; Ollama at {host}"
    return ModelChoice("ollama", model, f"{host.rstrip('/')}/v1", reason, SecretStr("ollama"))


def _azure_choice(deployment: str, settings: ModelSettings) -> ModelChoice:
    key, endpoint = settings.azure_openai_api_key, settings.azure_openai_endpoint
    if key is None or not key.get_secret_value().strip() or not endpoint:
        raise ConfigError(
            f"model 'azure/{deployment}' needs AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT",
            hint="put both into .env; the endpoint looks like https://NAME.openai.azure.com",
        )
    reason = f"model 'azure/{deployment}' was named; Azure OpenAI at {endpoint}"
    return ModelChoice("azure", deployment, endpoint, reason, key, settings.azure_openai_api_version)


def _key_of(provider: Provider, settings: ModelSettings) -> SecretStr | None:
    key = {
        "gemini": settings.gemini_api_key,
        "openai": settings.openai_api_key,
        "anthropic": settings.anthropic_api_key,
    }.get(provider)
    return key if key is not None and key.get_secret_value().strip() else None
