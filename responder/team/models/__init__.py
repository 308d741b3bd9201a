"""Any model as the team can use it: which one, at what price, over which wire, and with how much patience."""

from responder.team.models.choice import ANALYST, ModelChoice, ModelSettings, Provider, choose_model, choose_worker
from responder.team.models.providers import build_client

__all__ = ["ANALYST", "ModelChoice", "ModelSettings", "Provider", "build_client", "choose_model", "choose_worker"]
