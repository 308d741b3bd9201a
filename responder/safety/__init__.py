"""Untrusted text at every border: sanitise, redact, fence, bound."""
