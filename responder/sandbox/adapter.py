"""AutoGen's executors on top of our sandbox; the only module of this package that knows AutoGen.

AutoGen's own Docker executor is inherited for its type alone: nothing it does on the host or in a container is left.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Self

from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock, CodeExecutor, CodeResult
from autogen_ext.code_executors._common import CommandLineCodeResult
from autogen_ext.code_executors.docker import DockerCommandLineCodeExecutor
from pydantic import BaseModel

from responder.sandbox.blocks import requested_name
from responder.sandbox.interface import Execution, Sandbox

__all__ = ["SandboxedDockerExecutor", "SandboxedExecutor", "executor_for"]

_CANCELLED = 130
_SILENT = "(the code printed nothing)"


def executor_for(sandbox: Sandbox) -> CodeExecutor:
    """Give AutoGen an executor that runs everything in `sandbox`, whose lifetime stays the caller's."""
    if sandbox.info.backend == "docker":
        return SandboxedDockerExecutor(sandbox)
    return SandboxedExecutor(sandbox)


async def _run_blocks(sandbox: Sandbox, blocks: Sequence[CodeBlock], token: CancellationToken) -> CommandLineCodeResult:
    """Run blocks in their order up to the first that fails; whatever the model asked for becomes a result."""
    if not blocks:
        return CommandLineCodeResult(exit_code=2, output="There is no code block to run.", code_file=None)
    outputs, exit_code, first_file = [], 0, None
    for block in blocks:
        work = asyncio.ensure_future(
            sandbox.execute(block.code, language=block.language, name=requested_name(block.code))
        )
        token.link_future(work)
        try:
            execution = await work
        except asyncio.CancelledError:
            if not token.is_cancelled():
                raise
            outputs.append("Cancelled; the code was killed.")
            exit_code = _CANCELLED
            break
        outputs.append(_shown(execution))
        exit_code = execution.exit_code
        first_file = first_file or execution.name or None
        if exit_code != 0:
            break
    return CommandLineCodeResult(exit_code=exit_code, output="\n".join(outputs), code_file=first_file)


def _shown(execution: Execution) -> str:
    note = f"[{execution.note}]" if execution.note else ""
    return "\n".join(part for part in (execution.output.rstrip("\n"), note) if part) or _SILENT


class SandboxedExecutor(CodeExecutor):
    """An executor for the sandboxes that need no engine.

    Args:
        sandbox: Where the code runs.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def start(self) -> None:
        """Start the sandbox."""
        await self.sandbox.start()

    async def stop(self) -> None:
        """Stop the sandbox."""
        await self.sandbox.stop()

    async def restart(self) -> None:
        """Give the code a fresh sandbox."""
        await self.sandbox.stop()
        await self.sandbox.start()

    async def execute_code_blocks(
        self, code_blocks: list[CodeBlock], cancellation_token: CancellationToken
    ) -> CodeResult:
        """Run the blocks; never raises for what they are or do."""
        return await _run_blocks(self.sandbox, code_blocks, cancellation_token)

    def _to_config(self) -> BaseModel:
        raise NotImplementedError("a sandbox belongs to one run and is not serialised")

    @classmethod
    def _from_config(cls, config: Any) -> Self:
        raise NotImplementedError("a sandbox belongs to one run and is not serialised")


class SandboxedDockerExecutor(DockerCommandLineCodeExecutor):
    """A `DockerCommandLineCodeExecutor` by type, whose container is our hardened one.

    Args:
        sandbox: Where the code runs.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(container_name="unused", stop_container=False)
        self.sandbox = sandbox

    async def start(self) -> None:
        """Start the sandbox."""
        await self.sandbox.start()

    async def stop(self) -> None:
        """Stop the sandbox."""
        await self.sandbox.stop()

    async def restart(self) -> None:
        """Give the code a fresh sandbox."""
        await self.sandbox.stop()
        await self.sandbox.start()

    async def execute_code_blocks(
        self, code_blocks: list[CodeBlock], cancellation_token: CancellationToken
    ) -> CommandLineCodeResult:
        """Run the blocks; never raises for what they are or do."""
        return await _run_blocks(self.sandbox, code_blocks, cancellation_token)
