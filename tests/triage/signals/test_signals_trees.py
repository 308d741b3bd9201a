"""Documents as trees: the values and lines of the text, whatever the text tries."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from responder.triage.signals.trees import DamagedError, Tree, json_documents, yaml_documents

VALUES = st.recursive(
    st.text(max_size=12) | st.integers(-1000, 1000) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
DOCUMENTS = st.dictionaries(st.text(max_size=8), VALUES, max_size=5)


def _plain(value: Any) -> Any:
    """A value with its scalars as the texts that a tree holds."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return "" if value is None else json.dumps(value) if isinstance(value, bool) else str(value)


def _values(tree: Tree) -> Any:
    if isinstance(tree.value, dict):
        return {key: _values(item) for key, item in tree.value.items()}
    return [_values(item) for item in tree.value] if isinstance(tree.value, list) else tree.value


@given(DOCUMENTS, st.sampled_from([None, 1, 4]))
def test_json_holds_what_the_standard_parser_reads(document: dict[str, Any], indent: int | None) -> None:
    """Indented or on one line, escaped or not, the values are those of the standard parser."""
    (tree,) = json_documents(json.dumps(document, indent=indent))

    assert _values(tree) == _plain(document)


@given(DOCUMENTS.filter(lambda document: not set("\x85\u2028\u2029") & set(json.dumps(document, ensure_ascii=False))))
def test_yaml_holds_what_was_written(document: dict[str, Any]) -> None:
    """Block style, as kubectl writes it, gives back the values that were written."""
    (tree,) = yaml_documents(yaml.safe_dump(document, allow_unicode=True))

    assert _values(tree) == _plain(document)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.integers(0, 99), min_size=1, max_size=8))
def test_a_value_knows_the_line_of_its_key(document: dict[str, int]) -> None:
    """In both languages a value is cited where its key stands."""
    for text, trees in (
        (json.dumps(document, indent=2), json_documents),
        (yaml.safe_dump(document), yaml_documents),
    ):
        (tree,) = trees(text)
        lines = text.split("\n")
        for key, item in tree.fields().items():
            assert lines[item.line - 1].strip().lstrip("'\"").startswith(key)


def test_several_documents_keep_the_lines_of_the_file() -> None:
    """The second document of a file is cited by the lines of the file, and not by its own."""
    first, second = yaml_documents("kind: A\nname: x\n---\n# comment\nkind: B\n")
    third, fourth = json_documents('{"kind": "A"}\n\n{\n "kind": "B"\n}\n')

    assert (first.at("kind").line, second.at("kind").line) == (1, 5)
    assert (third.at("kind").line, fourth.at("kind").line) == (1, 4)


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\r", "\U0001f600"])
def test_only_a_newline_ends_a_line(mark: str) -> None:
    """Characters that YAML, but no tool that shows files, takes for the end of a line move no line number."""
    (tree,) = yaml_documents(f'a: "x{mark}y"\n# {mark}{mark}\nb: 2\n')

    assert tree.at("b").line == 3


def test_aliases_of_aliases_stay_small() -> None:
    """A document that would grow to billions of values when copied is read in no time, and its values are there."""
    lines = ['a0: &a0 ["x", "x"]']
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]

    (tree,) = yaml_documents("\n".join(lines) + "\nkind: Pod\n")

    assert tree.text("kind") == "Pod"
    assert len(tree.items("a39")) == 9


def test_a_tag_builds_nothing() -> None:
    """A tag that asks for an object of the language is a scalar or a collection like any other."""
    (tree,) = yaml_documents("kind: !!python/object/apply:os.system ['true']\nname: !!python/name:os.system x\n")

    assert [item.text() for item in tree.items("kind")] == ["true"]
    assert tree.text("name") == "x"


@pytest.mark.parametrize(
    ("trees", "text"),
    [
        (yaml_documents, "kind: A\n---\nkind: [\n"),
        (yaml_documents, "kind: A\n---\n" + "- " * 5000 + "x\n"),
        (yaml_documents, "kind: A\n---\nkind: \tB\n\t- x\n"),
        (json_documents, '{"kind": "A"}\n{"kind": '),
        (json_documents, '{"kind": "A"}\n' + "[" * 100_000),
        (json_documents, '{"kind": "A"}\n{"kind": "B"]'),
        (json_documents, '{"kind": "A"}\n{[]: 1}'),
        (json_documents, '{"kind": "A"}\n$'),
    ],
)
def test_damage_ends_a_text_after_what_was_whole(trees: Any, text: str) -> None:
    """What stands before the damage is given, and the damage is named with its line."""
    ahead = trees(text)

    assert next(ahead).text("kind") == "A"
    with pytest.raises(DamagedError, match=r"^line \d+: "):
        list(ahead)


@given(st.text(alphabet=st.sampled_from('{}[]":,\\\n -&*!|>#ab01'), max_size=120))
def test_no_text_breaks_a_parser(text: str) -> None:
    """Any text is trees or damage, and nothing else."""
    for trees in (json_documents, yaml_documents):
        try:
            list(trees(text))
        except DamagedError as damage:
            assert str(damage)
