"""The words that all programs use for the same few faults: in lower case, and with joined names taken apart."""

from responder.triage.vocabulary.builds import OF_BUILDS
from responder.triage.vocabulary.faults import OF_FAULTS
from responder.triage.vocabulary.outright import OUTRIGHT
from responder.triage.vocabulary.phrase import first_told

__all__ = ["OF_BUILDS", "OF_FAULTS", "OUTRIGHT", "first_told"]
