"""Lines of the user's own code that a failure names: `File "x.py", line 3`, `x.ts(3,5)`, `at f (x.js:3:5)`.

A path from a log is a claim. It becomes a place only when it is relative to the checkout, cannot leave it, and does
not belong to a library. Whether the checkout holds the file is kept with it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

from responder.ci.interface import SourcePlace
from responder.patterns import lazy
from responder.safety.sanitise import sanitise

__all__ = ["SourceMap", "mentioned", "without_checkout"]

_MOST_TEXT = 20_000
_MOST_PLACES = 40
_SUFFIX = (
    r"\.(?:py|pyx|js|jsx|mjs|cjs|ts|tsx|vue|svelte|java|kt|kts|scala|groovy|gradle|go|rs|c|cc|cpp|cxx|h|hh|hpp|m|mm|cs"
    r"|fs|vb|rb|php|swift|ex|exs|erl|hs|ml|lua|pl|pm|t|r|R|jl|dart|sh|bash|sql|proto|tf|toml|ya?ml|json|css|scss|html"
    r"|md|rst|cmake|mk)"
)
_PATH = rf"(?P<path%d>[\w.@+~/\\ -]{{0,240}}?[\w.@+-]{{1,120}}{_SUFFIX})"
_PLACE = lazy(
    r"(?<![\w.$])(?P<class>[\w.$]{1,200})\.[\w$<>]{1,80}\((?P<path3>[\w$]{1,80}\.(?:java|kt|scala|groovy)):(?P<line4>\d{1,7})\)"
    rf"|File \"{_PATH % 1}\", line (?P<line1>\d{{1,7}})"
    rf"|(?<![\w./\\-])(?P<path2>(?:[A-Za-z]:)?[\w.@+~/\\-]{{0,240}}?[\w@+-]{{1,120}}{_SUFFIX}|[\w./-]{{0,200}}Dockerfile[\w.-]{{0,40}})"
    r"(?::(?P<line2>\d{1,7})|\((?P<line3>\d{1,7})[,)]|:\[(?P<line5>\d{1,7}),\d{1,7}\])"
)
_CAPTURED = lazy(r"(?m)^-{3,200} ?Captured \w")
"""What pytest prints below a failure is what the test logged, not where it failed."""
_LIBRARY = lazy(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|vendor/bundle|gems|\.cargo|rustc|go/pkg/mod|usr/(?:lib|include"
    r"|local/lib)|hostedtoolcache|opt/(?:python|ruby|java|jdk)|lib/python\d[\d.]*|jdk|\.gradle|\.m2|internal/process)(?:/|$)"
    r"|^(?:java|javax|jdk|sun|kotlin|kotlinx|scala|groovy|junit|org/(?:junit|gradle|hamcrest|assertj|mockito|testng|scalatest"
    r"|apache/maven|springframework|codehaus))/.*\.(?:java|kt|scala|groovy)$"
)
_CHECKOUT = (
    r"(?:/home/runner/work/[^/\s]{1,100}/[^/\s]{1,100}|/__w/[^/\s]{1,100}/[^/\s]{1,100}|[A-Za-z]:/a/[^/\s]{1,100}/[^/\s]{1,100}|/builds/[^/\s]{1,100}/[^/\s]{1,100}"
    r"|/home/travis/build/[^/\s]{1,100}/[^/\s]{1,100}|/Users/(?:runner|travis)/(?:work|build)/[^/\s]{1,100}/[^/\s]{1,100}|/(?:root|home/circleci)/project"
    r"|/var/lib/jenkins/workspace/[^/\s]{1,100}|/home/jenkins/(?:agent/)?workspace/[^/]+|/var/lib/buildkite-agent/builds/[^/\s]{1,100}/[^/\s]{1,100}/[^/]+"
    r"|/home/vsts/work/\d+/s|/github/workspace|/usr/src/app|/workspace|/checkout|/project|/src|/app|/code|/work)/"
)
"""Where the services put a checkout, so that an absolute path can be made relative without being on that machine."""
_CHECKOUTS = lazy(f"^{_CHECKOUT}")
_ANY_CHECKOUT = lazy(rf"(?<![\w./\\-]){_CHECKOUT}(?=\w)")


def mentioned(text: str) -> Iterator[tuple[str, int]]:
    """Paths and line numbers that a text names, in its order, those of libraries left out."""
    for number, match in enumerate(_PLACE.finditer(text[:_MOST_TEXT])):
        if number >= _MOST_PLACES:
            return
        path = (match["path1"] or match["path2"] or _of_class(match)).strip().replace("\\", "/")
        line = int(match["line1"] or match["line2"] or match["line3"] or match["line4"] or match["line5"])
        if line and not _LIBRARY.search(path):
            yield path, line


def _of_class(frame: re.Match[str]) -> str:
    """`org/x/Y.java` of `org.x.Y.method(Y.java:3)`."""
    package = frame["class"].split(".")[:-1]
    return "/".join([*package, frame["path3"]])


def without_checkout(text: str) -> str:
    """The text with the well-known folders of checkouts cut off its absolute paths."""
    return _ANY_CHECKOUT.sub("", text)


class SourceMap:
    """Turns paths of logs into places of a checkout.

    Args:
        checkout: The root of the sources on this machine; None when they are not at hand.
        tracked: Gives every path of the checkout; asked at most once, for names that stand without their folder.
    """

    def __init__(self, checkout: Path | None, tracked: Callable[[], Iterable[str]] = tuple) -> None:
        self._tracked = tracked
        self._by_name: dict[str, list[str]] | None = None
        self._root = checkout.resolve() if checkout is not None and checkout.is_dir() else None
        self._known: dict[str, tuple[str, bool] | None] = {}

    def place(self, path: str, line: int) -> SourcePlace | None:
        """The place in the checkout; None when there is no telling or the path would leave it."""
        if path not in self._known:
            self._known[path] = self._relative(path)
        found = self._known[path]
        return SourcePlace(found[0], line, known=found[1]) if found else None

    def places(self, text: str) -> tuple[SourcePlace, ...]:
        """The places a text names, nearest to the failure first.

        Python's traces end at the failure, all others begin with it.
        """
        text = _CAPTURED.split(sanitise(text), maxsplit=1)[0]
        found = [place for path, line in mentioned(text) if (place := self.place(path, line))]
        if "Traceback (most recent call last)" in text or re.search(r"^[^\s:]{1,200}\.py:\d+: ", text, re.MULTILINE):
            found.reverse()
        return tuple(dict.fromkeys(found))

    def _relative(self, path: str) -> tuple[str, bool] | None:
        """The path in the checkout, and whether it is there."""
        stripped = _CHECKOUTS.sub("", path)
        if self._root is not None:
            stripped = stripped.removeprefix(f"{self._root.as_posix()}/")
        pure = PurePosixPath(stripped)
        parts = [part for part in pure.parts if part not in (".", "/")]
        if not parts or ".." in parts or any(part.startswith("-") for part in parts):
            return None
        if found := self._in_checkout(parts):
            return found, True
        outside = pure.is_absolute() or re.match(r"[A-Za-z]:", stripped)
        return None if outside else ("/".join(parts), False)

    def _in_checkout(self, parts: list[str]) -> str | None:
        """The longest end of the path that is a file here: builds run in folders and containers of other names."""
        if self._root is None:
            return None
        for start in range(max(0, len(parts) - 12), len(parts)):
            candidate = self._root.joinpath(*parts[start:])
            try:
                if candidate.is_file() and candidate.resolve().is_relative_to(self._root):
                    return "/".join(parts[start:])
            except (OSError, ValueError):
                return None
        return self._by_end(parts)

    def _by_end(self, parts: list[str]) -> str | None:
        """The one tracked file whose path ends like this: traces of Java and Go leave out where sources begin."""
        if self._by_name is None:
            self._by_name = {}
            for path in self._tracked():
                self._by_name.setdefault(path.rpartition("/")[2], []).append(path)
        ending = "/" + "/".join(parts)
        found = [path for path in self._by_name.get(parts[-1], ()) if f"/{path}".endswith(ending)]
        return found[0] if len(found) == 1 else None
