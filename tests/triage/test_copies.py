"""A job that an archive holds whole and in steps is judged once; steps without the whole are judged themselves."""

import zipfile
from pathlib import Path

import pytest

from responder.evidence import FileSource
from responder.triage import Triage, default_engine

SET_UP = ["2026-01-02T03:03:05.1234567Z Current runner version: '2.1'"]
RUN = [
    f"2026-01-02T03:04:{second:02}.1234567Z {text}"
    for second, text in enumerate(
        [
            "##[group]Run make test",
            "##[endgroup]",
            *["compiling"] * 20,
            "src/cart.c:12:3: error: 'total' undeclared",
            "make: *** [cart.o] Error 1",
            "##[error]Process completed with exit code 2.",
        ]
    )
]


def read(folder: Path, members: dict[str, list[str]]) -> Triage:
    with zipfile.ZipFile(folder / "logs.zip", "w") as archive:
        for name, lines in members.items():
            archive.writestr(name, "\r\n".join(lines) + "\r\n")
    return default_engine().triage(FileSource().collect([folder / "logs.zip"]).artifacts)


@pytest.mark.parametrize("job", ["0_build.txt", "build.txt"])
def test_a_job_is_judged_once(tmp_path: Path, job: str) -> None:
    """The reason is cited in the log of the job, and its step says where it is judged."""
    result = read(tmp_path, {job: [*SET_UP, *RUN], "build/1_Set up job.txt": SET_UP, "build/3_Run tests.txt": RUN})

    assert {finding.span.path for finding in result.findings} == {f"logs.zip!/{job}"}
    notes = {file.path: file.notes for file in result.files}
    assert f"stands in logs.zip!/{job} as well, and is judged there" in notes["logs.zip!/build/3_Run tests.txt"]


def test_steps_alone_are_judged(tmp_path: Path) -> None:
    """Without the whole log, or when that is of another job, a step speaks for itself."""
    result = read(tmp_path, {"0_lint.txt": SET_UP, "0_build.txt": SET_UP, "build/3_Run tests.txt": RUN})

    assert result.findings[0].span.path == "logs.zip!/build/3_Run tests.txt"
