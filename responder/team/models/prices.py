"""What a model costs, from a data file with a date; a model that is not in it has no known price."""

import tomllib
from importlib import resources

from msgspec import Struct

from responder.patterns import lazy
from responder.team.models.choice import ModelChoice

__all__ = ["Price", "price_of"]

_MILLION = 1_000_000
# What may follow the listed name without making it another model: a date, a build or a channel; one or two digits are
# a version.
_SAME_MODEL = lazy(r"(-\d{3}[\d-]*|-\d\d-\d{4}|-latest|-preview[\w-]*|@[\w-]+)?")


class Price(Struct, frozen=True):
    """US dollars for a million tokens."""

    prompt: float
    completion: float

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Return the cost of some tokens in US dollars."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / _MILLION


def price_of(choice: ModelChoice) -> Price | None:
    """Return the price of a model; zero for what runs on this machine, None when it is not known."""
    if choice.provider in ("analyst", "ollama"):
        return Price(0.0, 0.0)
    table = tomllib.loads(resources.files("responder.team.models").joinpath("prices.toml").read_text(encoding="utf-8"))
    listed: dict[str, dict[str, float]] = table.get(choice.provider, {})
    for name in sorted(listed, key=len, reverse=True):
        if choice.model.startswith(name) and _SAME_MODEL.fullmatch(choice.model[len(name) :]):
            return Price(listed[name]["prompt"], listed[name]["completion"])
    return None
