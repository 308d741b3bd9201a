"""`--approve code`: a person at the terminal sees each block, its exact bytes and its hash, before it runs."""

import sys

from responder.background import in_background
from responder.cli.console import say
from responder.sandbox.approved import Approval

__all__ = ["AskAtTerminal"]


class AskAtTerminal:
    """Asks on the terminal; where there is none, nothing is approved."""

    async def decide(self, code: str, *, language: str, sha256: str) -> Approval:
        """Show the block on stderr and wait for a yes."""
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return Approval(False, "approval was asked for and nobody is at the terminal")
        rows = "\n".join(f"{number:>4} | {row}" for number, row in enumerate(code.split("\n"), 1))
        say(f"\nThe Coder wants to run this {language} block:\n{rows}\nSHA-256 {sha256}")
        answer = await in_background(_ask)
        if answer.strip().lower() in ("y", "yes"):
            return Approval(True, "approved at the terminal")
        return Approval(False, "refused at the terminal")


def _ask() -> str:
    sys.stderr.write("Run it in the sandbox? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline()
