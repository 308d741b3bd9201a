"""The documents, byte for byte, for one story with a fixed clock."""

import pytest

from tests.reporting.write_golden import GOLDEN, documents

DOCUMENTS = dict(documents())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_what_it_was(name: str) -> None:
    """A change of wording or layout shows as a diff of a document, which a person reads before it is accepted."""
    assert DOCUMENTS[name] == (GOLDEN / name).read_bytes()


def test_no_golden_file_is_forgotten() -> None:
    """Every file in the golden folder is one the code still writes."""
    assert {str(path.relative_to(GOLDEN)) for path in GOLDEN.rglob("*.*")} == set(DOCUMENTS)
