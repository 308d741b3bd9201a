"""Failing container builds, written for these tests: for each cause what different projects' builds print.

A failure is one instruction of a Dockerfile and what its last lines say. It is dressed as the classic builder, BuildKit
and a pipeline's copy of BuildKit print it, with their own steps, clocks, hashes and noise around it.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CAUSES", "Failure", "logs"]


@dataclass(frozen=True, slots=True)
class Failure:
    """One build that failed."""

    base: str
    instruction: str
    """As the Dockerfile has it."""
    said: str
    """The last output of the instruction; of the builder itself when `code` is 0."""
    code: int = 1


def _causes() -> Mapping[str, tuple[Failure, ...]]:
    found: dict[str, tuple[Failure, ...]] = {}
    for row in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["build"]:
        failure = Failure(row["base"], row["instruction"], row["said"], row["code"])
        found[row["cause"]] = (*found.get(row["cause"], ()), failure)
    return found


CAUSES = _causes()
_NOISE = (
    "debconf: delaying package configuration, since apt-utils is not installed",
    "WARNING: Running pip as the 'root' user can result in broken permissions and conflicting behaviour",
    "npm WARN deprecated request@2.88.2: request has been deprecated",
    "W: --force-yes is deprecated, use one of the options starting with --allow instead.",
    "debconf: (Can't locate Term/ReadLine.pm in @INC (you may need to install the Term module) (@INC contains: "
    "/etc/perl) at /usr/share/perl5/Debconf/FrontEnd/Readline.pm line 7.)",
    "update-alternatives: warning: skip creation of /usr/share/man/man1/js.1.gz because associated file doesn't exist",
)
"""What instructions print that pass."""


def logs(failure: Failure, seed: int) -> Iterator[tuple[str, str]]:
    """The build's log as each builder prints it, by the builder's name."""
    steps = 5 + seed * 3 % 9
    at = 2 + seed * 5 % (steps - 1)
    yield "buildkit", "".join(f"{line}\n" for line in _buildkit(failure, at, steps, seed))
    wrapped = ["##[group]Run docker build .", "docker build .", "##[endgroup]"]
    wrapped += [*_buildkit(failure, at, steps, seed + 40), "##[error]Process completed with exit code 1."]
    day = f"2026-0{1 + seed % 9}-1{seed % 9}"
    clocks = (f"{day}T08:{10 + n // 60 % 50}:{n % 60:02}.{1234567 + 977 * n:07}Z" for n in range(len(wrapped)))
    yield "pipeline", "".join(f"{clock} {line}\n" for clock, line in zip(clocks, wrapped, strict=True))
    if failure.code:
        yield "older", "".join(f"{line}\n" for line in _older(failure, seed))
        yield "classic", "".join(f"{line}\n" for line in _classic(failure, at, steps, seed))


def _buildkit(failure: Failure, at: int, steps: int, seed: int) -> Iterator[str]:
    step = at + 4
    place = f"Dockerfile:{at + 6}"
    yield '#0 building with "default" instance using docker driver'
    yield ""
    yield "#1 [internal] load build definition from Dockerfile"
    yield f"#1 transferring dockerfile: {1.01 + seed * 0.13:.2f}kB done"
    yield "#1 DONE 0.0s"
    if failure.base and failure.code:
        yield f"#2 [internal] load metadata for docker.io/library/{failure.base}"
        yield f"#2 DONE {0.4 + seed * 0.07:.1f}s"
        yield f"#4 [1/{steps}] FROM docker.io/library/{failure.base}@sha256:{seed:02x}{'4f' * 31}"
        yield "#4 CACHED"
        yield f"#5 [2/{steps}] RUN ./prepare.sh"
        yield f"#5 0.{seed % 10}21 {_NOISE[seed % len(_NOISE)]}"
        yield f"#5 DONE {1 + seed % 7}.2s"
    if not failure.code:
        if failure.instruction.startswith(("FROM", "COPY")):
            yield f"#{step} [{at}/{steps}] {failure.instruction}"
            yield f"#{step} ERROR: {failure.said}"
            yield "------"
            yield f" > [{at}/{steps}] {failure.instruction}:"
            yield "------"
        yield place
        yield "--------------------"
        yield f"  {at + 6} | >>> {failure.instruction}"
        yield "--------------------"
        yield f"ERROR: failed to solve: {failure.said}"
        return
    yield f"#{step} [{at}/{steps}] {failure.instruction}"
    clock = 0.3 + seed * 0.21
    said = failure.said.split("\n")
    for line in said:
        clock += 0.11
        yield f"#{step} {clock:.3f} {line}"
    yield (
        f'#{step} ERROR: process "/bin/sh -c {failure.instruction.removeprefix("RUN ")}" did not complete '
        f"successfully: exit code: {failure.code}"
    )
    yield "------"
    yield f" > [{at}/{steps}] {failure.instruction}:"
    clock -= 0.11 * len(said[-4:])
    for line in said[-4:]:
        clock += 0.11
        yield f"{clock:.3f} {line}"
    yield "------"
    yield place
    yield "--------------------"
    yield f"   {at + 5} |     WORKDIR /app"
    yield f"   {at + 6} | >>> {failure.instruction}"
    yield f"   {at + 7} |     "
    yield "--------------------"
    yield (
        f'ERROR: failed to solve: process "/bin/sh -c {failure.instruction.removeprefix("RUN ")}" did not complete '
        f"successfully: exit code: {failure.code}"
    )


def _older(failure: Failure, seed: int) -> Iterator[str]:
    """BuildKit of 2021, and Podman every third time."""
    command = failure.instruction.removeprefix("RUN ")
    if seed % 3 == 0:
        yield f"STEP 1/{4 + seed % 5}: FROM {failure.base}"
        yield f"STEP {2 + seed % 3}/{4 + seed % 5}: {failure.instruction}"
        yield from failure.said.split("\n")
        yield f'Error: building at STEP "{failure.instruction}": while running runtime: exit status {failure.code}'
        return
    yield f"#{6 + seed % 4} [{2 + seed % 3}/{5 + seed % 4}] {failure.instruction}"
    for number, line in enumerate(failure.said.split("\n")):
        yield f"#{6 + seed % 4} {seed % 7}.{number + 10:02} {line}"
    said = f"executor failed running [/bin/sh -c {command}]: exit code: {failure.code}"
    yield f"#{6 + seed % 4} ERROR: {said}"
    yield "------"
    yield f" > [{2 + seed % 3}/{5 + seed % 4}] {failure.instruction}:"
    yield "------"
    yield f"failed to solve with frontend dockerfile.v0: failed to build LLB: {said}"


def _classic(failure: Failure, at: int, steps: int, seed: int) -> Iterator[str]:
    yield f"Sending build context to Docker daemon  {12 + seed * 7}.{seed % 9}kB\r\r"
    yield f"Step 1/{steps} : FROM {failure.base}"
    yield f" ---> {seed * 7919 % 16**6:06x}e3edf2"
    yield f"Step 2/{steps} : RUN ./prepare.sh"
    yield f" ---> Running in {seed * 49979687 % 16**6:06x}cd{seed:04x}"
    yield _NOISE[seed % len(_NOISE)]
    yield f"Removing intermediate container {seed * 49979687 % 16**6:06x}cd{seed:04x}"
    yield f" ---> {seed * 67867967 % 16**6:06x}aa{seed:04x}"
    for number in range(3, at):
        yield f"Step {number}/{steps} : ENV STAGE_{number}=yes"
        yield f" ---> Running in {seed * 104729 % 16**6:06x}{number:06x}"
        yield f"Removing intermediate container {seed * 104729 % 16**6:06x}{number:06x}"
        yield f" ---> {seed * 15485863 % 16**6:06x}{number:06x}"
    yield f"Step {max(3, at)}/{steps} : {failure.instruction}"
    yield f" ---> Running in {seed * 32452843 % 16**6:06x}ab{seed:04x}"
    # What a program writes to its standard error is red, and the colour ends where the next line begins.
    yield from (f"\x1b[91m{line}\x1b[0m" if seed % 2 else line for line in failure.said.split("\n"))
    command = failure.instruction.removeprefix("RUN ")
    yield f"The command '/bin/sh -c {command}' returned a non-zero code: {failure.code}"
