"""Settings: four layers, one winner for each field, and mistakes that are named."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from responder.errors import ConfigError
from responder.secret import SecretStr
from responder.settings import ENV_NAMES, Settings

LAYERS = ("flag", "environment", ".env")


def load(tmp_path: Path, *, env: str = "", environment: dict[str, str] | None = None, **flags: object):
    file = tmp_path / "settings.env"
    file.write_text(env)
    return Settings.load(flags, env_file=file, environment=environment or {})


def test_defaults_need_nothing(tmp_path: Path) -> None:
    """With no flag, variable or file there is a complete set of settings, all of them defaults."""
    loaded = Settings.load({}, env_file=None, environment={})

    assert loaded.settings == Settings()
    assert set(loaded.sources.values()) == {"default"}
    assert loaded.sources.keys() == ENV_NAMES.keys()


@given(given_in=st.sets(st.sampled_from(LAYERS)))
def test_the_strongest_layer_wins(tmp_path_factory: pytest.TempPathFactory, given_in: set[str]) -> None:
    """Whatever layers set a field, the value and its source are those of the first in the documented order."""
    turns = {layer: 11 + index for index, layer in enumerate(LAYERS)}
    env = f"RESPONDER_MAX_TURNS={turns['.env']}" if ".env" in given_in else ""
    environment = {"RESPONDER_MAX_TURNS": str(turns["environment"])} if "environment" in given_in else {}
    flag = turns["flag"] if "flag" in given_in else None

    loaded = load(tmp_path_factory.mktemp("layers"), env=env, environment=environment, max_turns=flag)

    winner = next((layer for layer in LAYERS if layer in given_in), "default")
    assert loaded.sources["max_turns"] == winner
    assert loaded.settings.max_turns == turns.get(winner, Settings().max_turns)


@pytest.mark.parametrize("field", ENV_NAMES)
def test_every_field_is_read_from_its_variable(tmp_path: Path, field: str) -> None:
    """Each field takes its value from the one variable that `ENV_NAMES` states."""
    address = "http://localhost:1/v1"
    values = {
        "sandbox": "bwrap",
        "approve": "code",
        "mask": "identifiers",
        "base_url": address,
        "azure_openai_endpoint": address,
        "redact": "false",
        "prometheus": address,
        "prometheus_match": 'namespace="shop"',
    }
    value = values.get(field, "17")

    loaded = load(tmp_path, environment={ENV_NAMES[field]: value})

    assert loaded.sources[field] == "environment"
    assert getattr(loaded.settings, field) != getattr(Settings(), field)


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    """A copied `.env.example` with empty keys leaves the defaults, and a real variable behind it still shows."""
    loaded = load(tmp_path, env="GEMINI_API_KEY=abc", environment={"GEMINI_API_KEY": " ", "RESPONDER_MODEL": ""})

    assert loaded.settings.gemini_api_key == SecretStr("abc")
    assert loaded.sources["gemini_api_key"] == ".env"
    assert loaded.sources["model"] == "default"


@pytest.mark.parametrize("place", ["env", "environment"])
def test_a_misspelt_setting_is_refused_with_the_right_name(tmp_path: Path, place: str) -> None:
    """A `RESPONDER_` variable that is no setting stops the run and names its nearest neighbour."""
    typo = {"env": "RESPONDER_MAXTURNS=3"} if place == "env" else {"environment": {"RESPONDER_MAXTURNS": "3"}}

    with pytest.raises(ConfigError, match="RESPONDER_MAXTURNS") as caught:
        load(tmp_path, **typo)

    assert "RESPONDER_MAX_TURNS" in caught.value.hint


def test_variables_of_other_programs_are_ignored(tmp_path: Path) -> None:
    """A `.env` shared with other programs is fine."""
    loaded = load(tmp_path, env="DATABASE_URL=postgres://u:p@h/d\nexport FLASK_DEBUG=1\n")

    assert loaded.settings == Settings()


def test_env_file_syntax_of_shells_is_understood(tmp_path: Path) -> None:
    """Comments, quotes, `export`, a byte order mark and Windows line ends are read as people write them."""
    text = (
        "\ufeff# keys\r\nexport OPENAI_API_KEY='sk-1' # mine\r\nRESPONDER_OUT=\"my reports\"\r\nRESPONDER_MODEL=a$b\r\n"
    )

    settings = load(tmp_path, env=text).settings

    assert settings.openai_api_key == SecretStr("sk-1")
    assert settings.out == Path("my reports")
    assert settings.model == "a$b"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"OPENAI_API_KEY='unclosed-s3cret\n", "line 1"), (b"\xff\xfe\x00", "UTF-8"), (None, "cannot be read")],
)
def test_a_broken_env_file_is_named_without_its_content(tmp_path: Path, content: bytes | None, said: str) -> None:
    """A file that cannot be parsed, decoded or opened is a configuration error that quotes no secret."""
    file = tmp_path / ".env"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigError, match=said) as caught:
        Settings.load({}, env_file=file, environment={})

    assert str(file) in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RESPONDER_MAX_TURNS", "0"),
        ("RESPONDER_MAX_TURNS", "many"),
        ("RESPONDER_BUDGET_TOKENS", "-1"),
        ("RESPONDER_TIMEOUT_SECONDS", "nan"),
        ("RESPONDER_SANDBOX", "host"),
        ("RESPONDER_BASE_URL", "ftp://models"),
        ("RESPONDER_REDACT", "perhaps"),
    ],
)
def test_an_unusable_value_is_named_with_its_variable(tmp_path: Path, variable: str, value: str) -> None:
    """The message names the variable, the value and where it was set."""
    with pytest.raises(ConfigError, match=variable) as caught:
        load(tmp_path, env=f"{variable}={value}")

    assert value in str(caught.value)
    assert ".env" in str(caught.value)


def test_an_unusable_flag_is_named_as_a_flag(tmp_path: Path) -> None:
    """A value from the command line is reported the way it was typed."""
    with pytest.raises(ConfigError, match=re.escape("--timeout '-1.0'")):
        load(tmp_path, timeout_seconds=-1.0)


@pytest.mark.parametrize("key", ["sk-abc\x07def", "sk-abc\u201ddef", "sk abc\x7f"])
def test_a_key_with_impossible_characters_is_refused_unseen(tmp_path: Path, key: str) -> None:
    """A badly pasted key is caught before it reaches the HTTP library, and is not repeated."""
    with pytest.raises(ConfigError, match="OPENAI_API_KEY") as caught:
        load(tmp_path, environment={"OPENAI_API_KEY": key})

    assert "abc" not in str(caught.value)


def test_settings_cannot_be_changed() -> None:
    """A run is explained by the settings it started with."""
    settings = Settings()

    with pytest.raises(AttributeError):
        settings.max_turns = 3


def test_secrets_are_masked_in_every_rendering(tmp_path: Path) -> None:
    """A key does not show when settings are printed, logged or dumped as JSON."""
    loaded = load(tmp_path, environment={"ANTHROPIC_API_KEY": "sk-ant-s3cret"})

    for shown in (repr(loaded), str(loaded.settings), f"{asdict(loaded.settings)}"):
        assert "s3cret" not in shown


def test_importing_settings_is_cheap() -> None:
    """Settings load neither the agents, the engine's client, a validation library nor the `.env` parser."""
    code = "import sys, responder.settings; print(*sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
    )

    assert not {"autogen_core", "docker", "dotenv", "rich", "jinja2", "pydantic"} & set(done.stdout.split())
