"""Sandboxed incident response on AutoGen's Magentic-One.

Code finds the facts, agents reason over them, and code checks what the agents claim.
`pipeline.investigate` is the whole program on one screen; start reading there.
"""

__version__ = "0.1.0"
