"""Every setting of the tool, and the only place that reads the environment.

A value comes from a flag, else the environment, else the `.env` file, else its default; `Loaded.sources` keeps which.
The `.env` file is the one beside the entrypoint or one that was named, never the one in the working folder: people run
this tool inside folders of untrusted evidence, and a `.env` found there could send that evidence anywhere.
"""

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from responder.errors import ConfigError

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


class Settings(BaseModel):
    """What one run is allowed and told to use; built once at the edge and never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)

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
    max_turns: Annotated[int, Field(ge=1, le=1000)] = 12
    """Agent turns of one run, exactly."""
    budget_tokens: Annotated[int, Field(ge=1)] = 200_000
    """Prompt and completion tokens of one run, all agents together."""
    budget_usd: Annotated[float, Field(gt=0)] | None = None
    """US dollars of one run; empty for no limit. Holds for models whose price is known."""
    max_calls: Annotated[int, Field(ge=1)] | None = None
    """Requests to the model in one run, retries included; empty for six a turn and ten more."""
    call_timeout_seconds: Annotated[float, Field(gt=0, le=_DAY_SECONDS)] = 120.0
    """Longest wait for one answer of the model."""
    timeout_seconds: Annotated[float, Field(gt=0, le=_DAY_SECONDS)] = 300.0
    """Wall clock of the agents in one run."""
    code_timeout_seconds: Annotated[float, Field(gt=0, le=_DAY_SECONDS)] = 30.0
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

    @field_validator("base_url", "azure_openai_endpoint")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value

    @field_validator("prometheus")
    @classmethod
    def _is_secret_web_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and value.get_secret_value():
            cls._is_web_address(value.get_secret_value())
            try:
                parts = urlsplit(value.get_secret_value())
                known = bool(parts.hostname) and parts.port != 0
            except ValueError:
                known = False
            if not known:
                raise ValueError("is no address of a server")
        return value or None

    @field_validator("prometheus_match")
    @classmethod
    def _is_matchers(cls, value: str) -> str:
        inside = value.strip().removeprefix("{").removesuffix("}").strip()
        matcher = r'[A-Za-z_]\w{0,100}\s{0,9}(?:=~|!~|!=|=)\s{0,9}"(?:[^"\\]|\\.){0,500}"'
        if inside and not re.fullmatch(rf"{matcher}(?:\s{{0,9}},\s{{0,9}}{matcher}){{0,20}}", inside):
            raise ValueError('must be label matchers, such as namespace="shop"')
        return inside

    @field_validator(
        "gemini_api_key", "openai_api_key", "anthropic_api_key", "azure_openai_api_key", "prometheus_token"
    )
    @classmethod
    def _is_header_safe(cls, value: SecretStr | None) -> SecretStr | None:
        # A pasted key with a line break or a typographic quote fails deep inside the HTTP library, key in the message.
        if value is not None and not (value.get_secret_value().isascii() and value.get_secret_value().isprintable()):
            raise ValueError("holds characters that no key has")
        return value

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
        sources: dict[str, Source] = dict.fromkeys(Settings.model_fields, "default")
        for source, layer in layers:
            for name, value in layer.items():
                if name not in values:
                    values[name] = value
                    sources[name] = source
        try:
            settings = Settings.model_validate(values)
        except ValidationError as error:
            raise _explained(error, values, sources) from None  # its own text names types, not settings
        return Loaded(settings, sources)


ENV_NAMES: Mapping[str, str] = {
    name: name.upper() if name.upper() in _STANDARD_NAMES else f"{_PREFIX}{name.upper()}"
    for name in Settings.model_fields
}
"""The variable of each field: the providers' own names where they have one, else `RESPONDER_` and the field's name."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and where each one came from."""

    settings: Settings
    sources: Mapping[str, Source]


def _from_variables(variables: Mapping[str, str], where: str) -> dict[str, object]:
    """Field values among variables; an empty one counts as not set, so a copied `.env.example` changes nothing."""
    known = {variable: name for name, variable in ENV_NAMES.items()}
    for variable in variables:
        if variable.startswith(_PREFIX) and variable not in known and variable != ENV_FILE_VARIABLE:
            nearest = difflib.get_close_matches(variable, known, n=1, cutoff=0.5)
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


def _explained(error: ValidationError, values: Mapping[str, object], sources: Mapping[str, Source]) -> ConfigError:
    first: Any = error.errors(include_url=False, include_context=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    problem = first["msg"].removeprefix("Value error, ")
    if name not in Settings.model_fields:
        return ConfigError(f"{name!r} is not a setting")
    source = sources[name]
    flag = f"--{name.removesuffix('_seconds').replace('_', '-')}"
    label = flag if source == "flag" else f"{ENV_NAMES[name]} ({source})"
    secret = SecretStr in get_args(Settings.model_fields[name].annotation)
    shown = "" if secret else f" {str(values[name])!r}"
    return ConfigError(f"{label}{shown}: {problem[:1].lower()}{problem[1:]}", hint="--show-config lists every setting")


def process_environment() -> Mapping[str, str]:
    """The variables of this process, for `ci`: what a CI service says about its job is no setting of this tool."""
    return MappingProxyType(dict(os.environ))
