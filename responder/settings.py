"""Every setting of the tool, and the only place that reads the environment.

A value comes from a flag, else the environment, else the `.env` file, else its default; `Loaded.sources` keeps which.
The `.env` file is the one beside the entrypoint or one that was named, never the one in the working folder: people run
this tool inside folders of untrusted evidence, and a `.env` found there could send that evidence anywhere.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args, get_type_hints

from msgspec import Meta, Struct

from responder.errors import ConfigError
from responder.secret import SecretStr
from responder.setting_values import header_safe, label_matchers, secret_server, web_address
from responder.tables import read_value

__all__ = [
    "ENV_FILE_VARIABLE",
    "ENV_NAMES",
    "Loaded",
    "SandboxChoice",
    "Settings",
    "Source",
    "process_environment",
]

SandboxChoice = Literal["auto", "docker", "bwrap", "landlock", "off"]
"""auto: the strongest that passes its self-test; a name: that one or stop; off: code is never run."""

Source = Literal["flag", "environment", ".env", "default"]

ENV_FILE_VARIABLE = "RESPONDER_ENV_FILE"
"""Names another `.env` file; read from the environment only."""

_PREFIX = "RESPONDER_"
_STANDARD_NAMES = (
    "GEMINI_API_KEY",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_API_VERSION",
    "OLLAMA_HOST",
    "DOCKER_HOST",
)
_DAY_SECONDS = 86_400


class Settings(Struct, frozen=True, kw_only=True):
    """What one run is allowed and told to use; built once at the edge and never changed."""

    model: str = ""
    """The model's name; empty chooses by the keys that are set; `analyst` forces the built-in one."""
    worker_model: str = ""
    """The model of the Coder and the FileSurfer, where it is not that of the orchestrator."""
    base_url: str = ""
    """An OpenAI-compatible endpoint, with `/v1` or whatever path it wants."""
    gemini_api_key: SecretStr | None = None
    """Key for Gemini, the default among hosted models."""
    openai_api_key: SecretStr | None = None
    """Key for OpenAI, and for `base_url` when its endpoint wants one."""
    anthropic_api_key: SecretStr | None = None
    """Key for Anthropic."""
    azure_openai_api_key: SecretStr | None = None
    """Key for Azure OpenAI; used by the model `azure/DEPLOYMENT`."""
    azure_openai_endpoint: str = ""
    """Address of the Azure resource, such as https://NAME.openai.azure.com."""
    azure_openai_api_version: str = "2024-10-21"
    """Version of the Azure API."""
    ollama_host: str = ""
    """Where Ollama listens; empty is 127.0.0.1:11434."""
    sandbox: SandboxChoice = "auto"
    """Where agent code may run."""
    docker_host: str = ""
    """Address of the Docker engine; empty is the local socket."""
    sandbox_image: str = "magentic-one-responder-sandbox"
    """The image agent code runs in."""
    sandbox_runtime: str = ""
    """OCI runtime of the engine, such as `runsc`; empty is the engine's own default."""
    approve: Literal["none", "code"] = "none"
    """code: a person at the terminal sees and approves each block before it runs; nobody there, nothing runs."""
    mask: Literal["none", "identifiers"] = "none"
    """identifiers: the model is sent tokens for host names, addresses, user names and e-mails; reports name them."""
    max_turns: Annotated[int, Meta(ge=1, le=1000)] = 12
    """Agent turns of one run, exactly."""
    budget_tokens: Annotated[int, Meta(ge=1)] = 200_000
    """Prompt and completion tokens of one run, all agents together."""
    budget_usd: Annotated[float, Meta(gt=0)] | None = None
    """US dollars of one run; empty for no limit. Holds for models whose price is known."""
    max_calls: Annotated[int, Meta(ge=1)] | None = None
    """Requests to the model in one run, retries included; empty for six a turn and ten more."""
    call_timeout_seconds: Annotated[float, Meta(gt=0, le=_DAY_SECONDS)] = 120.0
    """Longest wait for one answer of the model."""
    timeout_seconds: Annotated[float, Meta(gt=0, le=_DAY_SECONDS)] = 300.0
    """Wall clock of the agents in one run."""
    code_timeout_seconds: Annotated[float, Meta(gt=0, le=_DAY_SECONDS)] = 30.0
    """Wall clock of one code block in the sandbox."""
    prometheus: SecretStr | None = None
    """Address of a Prometheus to ask about the incident; may hold user and password, so it is never shown."""
    prometheus_token: SecretStr | None = None
    """Bearer token for it."""
    prometheus_match: str = ""
    """Label matchers that narrow what it is asked for, such as `namespace="shop"`."""
    out: Path = Path("reports")
    """Folder in which each run makes its own folder."""
    redact: bool = True
    """Remove secrets and personal data from everything that is written or sent."""

    @staticmethod
    def load(
        flags: Mapping[str, object],
        *,
        env_file: Path | None,
        environment: Mapping[str, str] | None = None,
    ) -> "Loaded":
        """Merge the four sources.

        Args:
            flags: Field name to value; None means that the flag was not given.
            env_file: The `.env` to read, which must exist; None for none.
            environment: Instead of the process environment.

        Raises:
            ConfigError: A value is unusable, a `RESPONDER_` variable is unknown, or `env_file` cannot be read.
        """
        layers: tuple[tuple[Source, Mapping[str, object]], ...] = (
            ("flag", {name: value for name, value in flags.items() if value is not None}),
            ("environment", _from_variables(os.environ if environment is None else environment, "the environment")),
            (".env", _from_variables(_read_env_file(env_file), str(env_file)) if env_file else {}),
        )
        values: dict[str, object] = {}
        sources: dict[str, Source] = dict.fromkeys(ENV_NAMES, "default")
        for source, layer in layers:
            for name, value in layer.items():
                if name not in values:
                    values[name] = value
                    sources[name] = source
        if unknown := values.keys() - ENV_NAMES.keys():
            raise ConfigError(f"{min(unknown)!r} is not a setting")
        read: dict[str, Any] = {}
        for name, value in values.items():
            try:
                typed = read_value(_TYPES[name], value)
                read[name] = _CHECKS[name](typed) if name in _CHECKS else typed
            except ValueError as error:
                raise _explained(error, name, value, sources[name]) from None  # it tells no more than ours
        return Loaded(Settings(**read), sources)


_TYPES: Mapping[str, Any] = get_type_hints(Settings, include_extras=True)
_SECRETS = frozenset(name for name, kind in _TYPES.items() if SecretStr in get_args(kind))
_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "base_url": web_address,
    "azure_openai_endpoint": web_address,
    "prometheus": secret_server,
    "prometheus_match": label_matchers,
    **dict.fromkeys(sorted(_SECRETS - {"prometheus"}), header_safe),
}
"""What a value must be, beyond its type; each gives the value back, perhaps tidied, or raises `ValueError`."""

ENV_NAMES: Mapping[str, str] = {
    name: variable if (variable := name.upper()) in _STANDARD_NAMES else f"{_PREFIX}{variable}" for name in _TYPES
}
"""The variable of each field: the providers' own names where they have one, else `RESPONDER_` and the field's name."""


class Loaded(Struct, frozen=True):
    """The settings, and where each one came from."""

    settings: Settings
    sources: Mapping[str, Source]


def _from_variables(variables: Mapping[str, str], where: str) -> dict[str, object]:
    """Field values among variables; an empty one counts as not set, so a copied `.env.example` changes nothing."""
    known = {variable: name for name, variable in ENV_NAMES.items()}
    for variable in variables:
        if variable.startswith(_PREFIX) and variable not in known and variable != ENV_FILE_VARIABLE:
            from difflib import get_close_matches

            nearest = get_close_matches(variable, known, n=1, cutoff=0.5)
            hint = f"did you mean {nearest[0]}?" if nearest else "--show-config lists every setting"
            raise ConfigError(f"{variable} in {where} is not a setting", hint=hint)
    return {
        name: variables[variable].strip() for variable, name in known.items() if variables.get(variable, "").strip()
    }


def _read_env_file(path: Path) -> dict[str, str]:
    from dotenv.parser import parse_stream

    try:
        with path.open(encoding="utf-8-sig") as stream:
            bindings = list(parse_stream(stream))
    except OSError as error:
        raise ConfigError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{str(path)!r} is not a text file in UTF-8") from error
    for binding in bindings:
        if binding.error:
            # The line itself may hold a key, so only its number is said.
            raise ConfigError(f"line {binding.original.line} of {str(path)!r} is not NAME=value")
    return {binding.key: binding.value for binding in bindings if binding.key and binding.value is not None}


def _explained(error: ValueError, name: str, value: object, source: Source) -> ConfigError:
    flag = f"--{name.removesuffix('_seconds').replace('_', '-')}"
    label = flag if source == "flag" else f"{ENV_NAMES[name]} ({source})"
    shown = "" if name in _SECRETS else f" {str(value)!r}"
    return ConfigError(f"{label}{shown}: {error}", hint="--show-config lists every setting")


def process_environment() -> Mapping[str, str]:
    """The variables of this process, for `ci`: what a CI service says about its job is no setting of this tool."""
    return MappingProxyType(dict(os.environ))
