r"""The rule pack: known failure signatures, stated in `rules/*.toml`, one file a technology.

A rule is tried only on lines that hold one of its `words` (runs of letters, lower case) and one of the literals that
its pattern cannot match without (see `responder.triage.literals`). Both come out of the files by a plain text search,
and a rule is parsed and compiled when a line first meets both: a run pays for the rules it needs, not for the size of
the pack.

Patterns stay in the subset that linear-time engines share (no look-around, no back-references), every repeat of `.` or
of a class is over one line of bounded length, and none is nested in another; a test holds each to a time limit.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple

from msgspec import Struct

from responder.incident import Category, ComponentKind, Role
from responder.patterns import lazy
from responder.shipped import shipped, shipped_table
from responder.triage.interface import FindingKind, Remedy
from responder.triage.literals import ANYTHING, Needs, branches_of, lowered, needs_of
from responder.triage.needs import stored_needs

__all__ = ["Hit", "Judged", "Rule", "RulePack", "packaged_rules", "rule_sources", "words_of"]

_MARKS = "●✖✗✘❌\N{MULTIPLICATION SIGN}\N{VECTOR OR CROSS PRODUCT}"
_WORD = lazy(rf"[a-z]+|[{_MARKS}]")
_ENDINGS = ("error", "exception", "failed")
_WORDS_LINE, _NUMERIC_LINE = "\nwords = [", "\nnumeric = true\n"
_DIGIT = lazy(r"\d")
_QUOTED = lazy(rf'"([a-z]+|[{_MARKS}])"')
_PATTERN_LINE = lazy(r"^pattern = '([^'\n]+)'\s*$", re.MULTILINE)
_BLOCK = "\n[[rule]]\n"
_JOINT = "\x00"
_BETWEEN = lazy(r"(?<=\S)\x00+(?=[^\s\x00])")
_DENIED = lazy(r"(?i)(?:^|[\s(\[\"'])(?:no|without|never|zero|neither|nor)\s+(?:[a-z]{2,12} )?[\"'`]?$")
_REFUTED = lazy(r"(?i)[\"']?\s?[:=]\s?[\"']?(?:(?:false|none)\b|(?:no|never)\s{0,2}(?:[,;)\"']|$))")
_DENIAL = 40
"""Characters before a name in which it may be said that there is none of it."""
_PLACE = lazy(r"\{(\w+)(?:\|([^}]*))?\}")


class Rule(Struct, frozen=True):
    """One failure signature."""

    id: str
    """`technology.rule`."""
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    category: Category
    role: Role
    weight: float
    """0..1: how much a line that matches explains by itself."""
    summary: str
    """The cause as a sentence; `{name}` is filled from the pattern's groups, `{name|else}` when it may be missing."""
    why: str
    kind: FindingKind = "signature"
    scope: Literal["any", "build", "log"] = "any"
    """Where it is looked for: in the output of builds, in the logs of running programs, or in both."""
    wrapper: bool = False
    """It only repeats that something failed before it; what failed is above."""
    success: bool = False
    """It says that a build or step passed; not a failure at all."""
    component: str | None = None
    component_kind: ComponentKind = ComponentKind.UNKNOWN
    blames: str | None = None
    """The group that names the component at fault, when the writer of the line only reports it."""
    next_check: str = ""
    remedies: tuple[Remedy, ...] = ()
    explains: tuple[str, ...] = ()
    numeric: bool = False
    """The numbers in a line decide whether it matches; see `responder.triage.classify`."""
    min_level: str = ""
    """The line must state at least this level, or none at all."""
    lead: int = 0
    """Lines before the match that belong to it, at most."""
    follow: int = 0
    """Lines after the match that belong to it, at most."""
    match: tuple[str, ...] = ()
    no_match: tuple[str, ...] = ()


class Hit(Struct, frozen=True):
    """One rule on one line, with what it captured."""

    rule: Rule
    captures: Mapping[str, str]
    start: int
    end: int

    @property
    def summary(self) -> str:
        """The rule's sentence with its captured values filled in; two that adjoin are parted by a comma."""
        stated = self.rule.summary.replace("}{", f"}}{_JOINT}{{")
        filled = _PLACE.sub(lambda place: self.captures.get(place[1]) or place[2] or "", stated)
        return _BETWEEN.sub(", ", filled).replace(_JOINT, "").strip() if _JOINT in filled else filled.strip()


class Judged(NamedTuple):
    """What a rule pack makes of a line."""

    hits: list[Hit]
    """Every rule that matches it, strongest first; ties in the order of the files."""
    by_numbers: bool
    """Of lines that differ from this one in numbers only, others may match, or be captured from differently."""


def words_of(text: str) -> set[str]:
    """The runs of letters in a line, lower case: what rules are looked up by.

    `FooError` counts as `error` too, and the marks that test runners draw count as words.
    """
    lower = lowered(text)
    words = set(_WORD.findall(lower))
    words.update(ending for ending in _ENDINGS if ending in lower)
    return words


def _has_word(lower: str, words: Iterable[str]) -> bool:
    """True when `words_of` the text that this is the lower case of has one of these."""
    for word in words:
        start = lower.find(word)
        while start >= 0:
            end = start + len(word)
            if word in _ENDINGS or word in _MARKS:
                return True
            if not ("a" <= lower[start - 1 : start] <= "z" or "a" <= lower[end : end + 1] <= "z"):
                return True
            start = lower.find(word, start + 1)
    return False


def _searching(pattern: re.Pattern[str]) -> Callable[[str], re.Match[str] | None]:
    """As `pattern.search`, but branches that begin with `^` are tried at the beginning only and not at each letter."""
    flags, branches = branches_of(pattern.pattern)
    free = [branch for branch in branches if not branch.startswith("^")]
    if len(free) == len(branches):
        return pattern.search
    if not free:
        return pattern.match
    rest = lazy(flags + "|".join(free))
    return lambda text: pattern.match(text) or rest.search(text)


def _is_denied(text: str, match: re.Match[str]) -> bool:
    """True for `no ImagePullBackOff observed` and `OOMKilled: false`: a single name, and that there is none of it."""
    start, end = match.span()
    if " " in match[0] or not match[0][:1].isalpha():
        return False
    return bool(_REFUTED.match(text, end) or _DENIED.search(text[max(0, start - _DENIAL) : start]))


class RulePack:
    """Rules, found by the words they need.

    Args:
        sources: Technology name and text of each rule file.
        needs: What each rule needs, when that is known; else it is read off a pattern when a line first asks for it.
    """

    def __init__(self, sources: Iterable[tuple[str, str]], *, needs: Sequence[Needs] | None = None) -> None:
        self._blocks: list[tuple[str, str, str]] = []
        self._words: list[tuple[str, ...]] = []
        self._by_word: dict[str, list[int]] = {}
        self._parsed: dict[int, Rule] = {}
        self._searches: dict[int, Callable[[str], re.Match[str] | None]] = {}
        self._needs: list[Needs | None] = []
        self._numeric: dict[int, Needs | None] = {}
        for technology, text in sources:
            head, *blocks = f"\n{text}".split(_BLOCK)
            for block in blocks:
                lines = f"\n{block}\n"
                words = tuple(_QUOTED.findall(lines.partition(_WORDS_LINE)[2].partition("\n")[0]))
                for word in words:
                    self._by_word.setdefault(word, []).append(len(self._blocks))
                if _NUMERIC_LINE in lines:
                    self._numeric[len(self._blocks)] = None
                self._blocks.append((technology, head, block))
                self._words.append(words)
        self._needs = list(needs) if needs and len(needs) == len(self._blocks) else [None] * len(self._blocks)

    def __len__(self) -> int:
        return len(self._blocks)

    def __iter__(self) -> Iterator[Rule]:
        return (self._rule(index) for index in range(len(self._blocks)))

    def hits(self, text: str) -> list[Hit]:
        """Every rule that matches the line, strongest first; ties in the order of the files."""
        return self.judged(text).hits

    def judged(self, text: str, candidates: Sequence[int] | None = None) -> Judged:
        """What all rules make of a line.

        Args:
            text: The message of the line.
            candidates: Numbers of the rules that may match it, when that is known; see `responder.triage.sieve`.
        """
        found, by_numbers = [], False
        lower = lowered(text)
        for index in self._by_words(words_of(text)) if candidates is None else candidates:
            needs = self._needs[index] or self._needs_of(index)
            if not by_numbers and index in self._numeric and self._is_worded(index, lower):
                by_numbers = self._needs_by_kind(index).met_by(lower)
            if not needs.met_by(lower):
                continue
            search = self._searches.get(index) or self._search(index)
            # A candidate may have its word in the header of its line.
            if (match := search(text)) and self._is_worded(index, lower) and not _is_denied(text, match):
                rule = self._rule(index)
                # `host2`, `host3` are further places where a pattern may find the `host`.
                groups = match.groupdict().items()
                captures = {name.rstrip("23456789"): value for name, value in groups if value is not None}
                by_numbers = by_numbers or any(_DIGIT.search(value) for value in captures.values())
                found.append((-rule.weight, index, Hit(rule, captures, match.start(), match.end())))
        found.sort()
        return Judged([hit for _, _, hit in found], by_numbers)

    def _is_worded(self, index: int, lower: str) -> bool:
        return _has_word(lower, self._words[index])

    def _search(self, index: int) -> Callable[[str], re.Match[str] | None]:
        search = self._searches[index] = _searching(self._rule(index).pattern)
        return search

    def _by_words(self, words: set[str]) -> set[int]:
        by_word = self._by_word
        return {index for word in words if word in by_word for index in by_word[word]}

    def needs(self) -> list[Needs]:
        """What each rule needs, in the order of the files."""
        return [known or self._needs_of(index) for index, known in enumerate(self._needs)]

    def needed(self) -> Iterator[list[tuple[tuple[str, ...], ...]]]:
        r"""For each rule its alternatives, each as lists of literals in lower case.

        A line that the rule matches holds one literal of each list of one alternative. A literal after `\b` is a whole
        word. The numbers of a line make no difference: a rule that looks for some has no list that names them.
        """
        for index, words in enumerate(self._words):
            needs = self._needs_by_kind(index)
            whole = tuple([word if word in _ENDINGS or word in _MARKS else f"\b{word}" for word in words])
            yield [(whole, one.starts + one.holds, one.also or ("",)) for one in needs.alternatives]

    def _needs_of(self, index: int) -> Needs:
        stated = _PATTERN_LINE.search(self._blocks[index][2])
        needs = self._needs[index] = needs_of(stated[1]) if stated else ANYTHING
        return needs

    def _needs_by_kind(self, index: int) -> Needs:
        """What every line has that differs from one that the rule matches in numbers only."""
        if index not in self._numeric:
            return self._needs[index] or self._needs_of(index)
        needs = self._numeric[index]
        if needs is None:
            needs = self._numeric[index] = (self._needs[index] or self._needs_of(index)).without_digits()
        return needs

    def _rule(self, index: int) -> Rule:
        if index not in self._parsed:
            import tomllib  # not needed by a log that no rule matches

            technology, head, block = self._blocks[index]
            try:
                table = {**tomllib.loads(head), **tomllib.loads(block)}
                self._parsed[index] = _rule(technology, table)
            except (ValueError, KeyError, re.error) as error:
                raise ValueError(f"rules/{technology}.toml: rule {block[:60]!r}: {error}") from error
        return self._parsed[index]


_KEYS = frozenset(Rule.__struct_fields__)


def _rule(technology: str, table: Mapping[str, object]) -> Rule:
    if unknown := set(table) - _KEYS:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    values = dict(table)
    category = Category(str(values["category"]))
    remedies = values.pop("remedies", None)
    own = tuple(Remedy(**remedy) for remedy in remedies) if isinstance(remedies, list) else ()
    for name in ("words", "explains", "match", "no_match"):
        values[name] = tuple(values.get(name, ()))  # type: ignore[arg-type]
    return Rule(
        **{
            "why": "",
            **values,
            "id": f"{technology}.{values['id']}",
            "pattern": re.compile(str(values["pattern"])),
            "category": category,
            "component_kind": ComponentKind(str(values.get("component_kind", "unknown"))),
            "remedies": own or remedies_for(category),
        }  # type: ignore[arg-type]
    )


@cache
def _remedies() -> Mapping[str, tuple[Remedy, ...]]:
    tables = shipped_table("triage/remedies.toml")
    return {name: tuple(Remedy(**step) for step in table["steps"]) for name, table in tables.items()}


def remedies_for(category: Category) -> tuple[Remedy, ...]:
    """What usually helps against a category, for rules that state nothing better."""
    return _remedies().get(category.value.replace(".", "-"), ())


def rule_sources() -> list[tuple[str, str]]:
    """Technology and text of the rule files that this package ships, in alphabetical order."""
    paths = sorted(path for path in shipped("triage/rules").iterdir() if path.suffix == ".toml")
    return [(path.stem, path.read_bytes().decode()) for path in paths]


@cache
def packaged_rules() -> RulePack:
    """The rules this package ships."""
    sources = rule_sources()
    return RulePack(sources, needs=stored_needs(sources))
