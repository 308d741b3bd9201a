"""Pure code that turns findings into ranked, numbered, testable hypotheses."""

from responder.causes.engine import BayesianEngine, default_engine

__all__ = ["BayesianEngine", "default_engine"]
