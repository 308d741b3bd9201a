"""AutoGen's view: an executor of the type it expects, whose every fault is a result."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock, CodeExecutor
from autogen_ext.code_executors.docker import DockerCommandLineCodeExecutor

from responder.errors import SandboxUnavailable
from responder.sandbox.adapter import executor_for
from responder.sandbox.interface import BackendName, Limits, Mounts
from responder.sandbox.select import build_sandbox

_BACKENDS = [pytest.param("docker", marks=pytest.mark.docker), "bwrap", "landlock"]


@pytest.fixture(params=_BACKENDS)
async def executor(request: pytest.FixtureRequest, evidence: Path, tmp_path: Path) -> AsyncIterator[CodeExecutor]:
    backend: BackendName = request.param
    mounts = Mounts(evidence=evidence, scratch=tmp_path / "scratch")
    made = executor_for(build_sandbox(backend, mounts=mounts, limits=Limits(timeout_seconds=5)))
    try:
        await made.start()
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    yield made
    await made.stop()


async def test_only_the_container_is_a_docker_executor(executor: CodeExecutor) -> None:
    """`isinstance` tells AutoGen the truth about where code runs."""
    backend = executor.sandbox.info.backend  # type: ignore[attr-defined]

    assert isinstance(executor, DockerCommandLineCodeExecutor) is (backend == "docker")


async def test_blocks_run_in_order_up_to_the_first_failure(executor: CodeExecutor) -> None:
    """The failing block's exit code is the result's, and what follows it does not run."""
    blocks = [
        CodeBlock(code="# filename: one.py\nprint('one')", language="python"),
        CodeBlock(code="echo two; exit 5", language="sh"),
        CodeBlock(code="print('three')", language="python"),
    ]

    result = await executor.execute_code_blocks(blocks, CancellationToken())

    assert (result.exit_code, result.output) == (5, "one\ntwo")
    assert result.code_file == "one.py"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "block",
    [
        CodeBlock(code="puts 1", language="ruby"),
        CodeBlock(code="# filename: ../x.py\nprint(1)", language="python"),
        CodeBlock(code="print('\ud800')", language="python"),
        CodeBlock(code="import os; os.write(1, b'\\xff\\xfe')", language="python"),
    ],
    ids=["language", "name", "surrogate", "bytes"],
)
async def test_what_a_model_asks_for_never_raises(executor: CodeExecutor, block: CodeBlock) -> None:
    """Each request that makes the stock executor raise gives a result with something to read."""
    result = await executor.execute_code_blocks([block], CancellationToken())

    assert result.output


async def test_no_blocks_is_a_result(executor: CodeExecutor) -> None:
    """An empty list says so."""
    result = await executor.execute_code_blocks([], CancellationToken())

    assert result.exit_code != 0
    assert "no code block" in result.output


async def test_silence_is_said(executor: CodeExecutor) -> None:
    """Code that prints nothing gives the model words, which an empty message would not."""
    result = await executor.execute_code_blocks([CodeBlock(code="pass", language="python")], CancellationToken())

    assert (result.exit_code, result.output) == (0, "(the code printed nothing)")


async def test_a_cancelled_token_is_a_result_and_the_sandbox_goes_on(executor: CodeExecutor) -> None:
    """Cancelling by token ends the code and returns; the next block runs."""
    token = CancellationToken()
    block = CodeBlock(code="import time; time.sleep(60)", language="python")
    asyncio.get_running_loop().call_later(0.2, token.cancel)

    result = await asyncio.wait_for(executor.execute_code_blocks([block], token), 3)
    after = await executor.execute_code_blocks([CodeBlock(code="print(1)", language="python")], CancellationToken())

    assert (result.exit_code, result.output) == (130, "Cancelled; the code was killed.")
    assert after.output == "1"


async def test_restart_empties_the_workspace(executor: CodeExecutor) -> None:
    """A restarted executor has nothing of the code before."""
    write = CodeBlock(code="open('x', 'w').close()", language="python")
    await executor.execute_code_blocks([write], CancellationToken())
    await executor.restart()
    look = CodeBlock(code="import os; print(os.listdir('.'))", language="python")

    result = await executor.execute_code_blocks([look], CancellationToken())

    assert result.output == "[]"
