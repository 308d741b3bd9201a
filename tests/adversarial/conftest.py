"""Where the runs of the corpus live."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory where there is one: the journal waits for the disk after every entry."""
    memory = Path("/dev/shm")
    path = Path(tempfile.mkdtemp(prefix="adversarial-", dir=memory if memory.is_dir() else None))
    yield path
    shutil.rmtree(path, ignore_errors=True)
