"""Deployment records: what went out, of whom, when; in JSON, JSON Lines, CSV, or as `helm history` prints it.

Every tool names the same few things in its own way. A record counts as a deployment when it says when and what, and
when the file or a name in it says that it is about deployments: a structured log holds times and versions too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from responder.patterns import lazy
from responder.triage.components import component_of_path
from responder.triage.signals.content import Content
from responder.triage.signals.tables import delimiter_of, moment, split_rows
from responder.triage.signals.trees import DamagedError, Tree, json_documents
from responder.triage.timestamps import parse_stamp

__all__ = ["Release", "looks_like_releases", "releases_of"]

_ABOUT = lazy(r"deploy|releas|rollout|roll-out|helm|argocd|flux|spinnaker|promotion|change[-_]?(?:log|s|record)")
_DECISIVE = frozenset(
    {"deployedat", "deployed", "deploytime", "lastdeployed", "deploymentid", "deployedby", "previousversion"}
    | {"previousrevision", "rolledoutat", "releasedat", "appversion", "previousimage", "deployfinishedat"}
)
_LOGGED = frozenset({"level", "severity", "loglevel", "logger", "msg", "traceid", "spanid", "stream"})
_WHEN = (
    *(
        "deployedat",
        "finishedat",
        "completedat",
        "rolledoutat",
        "releasedat",
        "deployfinishedat",
        "endtime",
        "finishedon",
    ),
    *("deploytime", "deployed", "lastdeployed", "updatedat", "updated", "timestamp", "time", "at", "date", "when"),
    *("startedat", "starttime", "createdat", "created"),
)
"""When the running thing changed, the surest first: what was only begun or asked for comes last."""
_WHAT = (
    *("version", "newversion", "toversion", "targetversion", "appversion", "tag", "image", "newimage", "release"),
    *("build", "buildnumber", "chart"),
)
_COMMIT = ("commit", "sha", "commitsha", "gitsha", "gitcommit", "revision", "newrevision", "ref")
_WHO = (
    "service",
    "servicename",
    "component",
    "application",
    "app",
    "applicationname",
    "workload",
    "deployment",
    "project",
)
_WHO_TOO = ("name", "releasename", "repository", "repo", "repositoryurl", "chart", "resource")
_BEFORE = (
    "previousversion",
    "oldversion",
    "fromversion",
    "previous",
    "previousimage",
    "previousrevision",
    "from",
    "before",
)
_SETTING = ("setting", "parameter", "key", "flag", "configkey", "option")
_OLD, _NEW = ("old", "oldvalue", "from", "before", "previousvalue"), ("new", "newvalue", "to", "after", "value")
_STATE = ("status", "state", "result", "phase", "conclusion", "outcome")
_NEVER = lazy(r"fail|error|cancel|pend|queue|reject|abort|progress|running|waiting|inactive|skipped", re.IGNORECASE)
_SHA = lazy(r"^[0-9a-f]{7,64}$")
_HELM = lazy(r"^REVISION\s+UPDATED\s+STATUS\s+CHART\s+APP VERSION\s+DESCRIPTION", re.MULTILINE)
_HELM_ROW = lazy(
    r"^(?P<revision>\d{1,6})\s+"
    r"(?P<updated>\w{3} \w{3}\s+\d{1,2} \d\d:\d\d:\d\d \d{4}|\d{4}-\S+ \S+(?: [+-]\d{4} \w+)?)\s+"
    r"(?P<status>[a-z-]+)\s+(?P<chart>\S+)\s+(?P<version>\S*)"
)
_CHART = lazy(r"^(?P<name>.+?)-v?\d+(?:\.\d+)+.*$")
_TOOLS = lazy(
    r"^(?:helm|argocd|argo|flux|kubectl|history|rollout|deployments?|releases?|changes?)[-_.]*|[-_.]+history$"
)
_MOST = 5_000
_DEEPEST = 4


class Release(Struct, frozen=True):
    """One record."""

    content: Content
    line: int
    component: str | None
    at: datetime | None
    version: str = ""
    commit: str = ""
    before: str = ""
    setting: str = ""
    old: str = ""
    new: str = ""
    went_out: bool = True
    """False when the record says that it failed or was not done."""


def looks_like_releases(path: str, head: str) -> bool:
    """Whether a text may hold deployment records, by its name or by the names in it."""
    if "REVISION" in head and _HELM.search(head):
        return True
    start = head.lstrip()[:1]
    named = bool(_ABOUT.search(path.rpartition("/")[2].lower()))
    keys = {_plain(key) for key in re.findall(r'"([A-Za-z_ -]{2,40})"\s*:', head[:8000])}
    if start in ("{", "["):
        return bool(keys & _DECISIVE) or (named and not keys & _LOGGED and bool(keys & {*_WHAT, *_COMMIT, *_SETTING}))
    first = {_plain(cell) for cell in re.split(r"[,;\t]", head.partition("\n")[0][:2000])}
    tabular = (
        delimiter_of(head) is not None and bool(first & set(_WHEN)) and bool(first & {*_WHAT, *_COMMIT, *_SETTING})
    )
    return tabular and (named or bool(first & _DECISIVE)) and not first & _LOGGED


def releases_of(content: Content) -> list[Release]:
    """The records of a text in the order of its lines."""
    text = content.text
    if _HELM.search(text[:65536]):
        return list(_of_helm(content))
    if text.lstrip()[:1] in ("{", "["):
        found = []
        try:
            for tree in json_documents(text):
                found += [release for item in _records(tree, 0) if (release := _of_fields(content, item, item.line))]
        except DamagedError:
            pass  # what stood before the damage is kept; the file's own reader says that it is not whole
        return found[:_MOST]
    return list(_of_table(content))[:_MOST]


def _of_helm(content: Content) -> Iterator[Release]:
    for number, raw in enumerate(content.lines, 1):
        if match := _HELM_ROW.match(raw[:2000].decode(errors="replace").replace("\t", " ")):
            chart = _CHART.match(match["chart"])
            fields = {
                "app": _release_name(content.path) or (chart["name"] if chart else match["chart"]),
                "updated": match["updated"],
                "status": match["status"],
                "version": match["version"] or match["chart"],
            }
            if release := _made(content, number, fields):
                yield release


def _release_name(path: str) -> str:
    name = component_of_path(path) or ""
    while (shorter := _TOOLS.sub("", name)) != name:
        name = shorter
    return name


def _of_table(content: Content) -> Iterator[Release]:
    mark = delimiter_of(content.text[:65536])
    rows = split_rows(content.text, mark) if mark else iter(())
    _, header = next(rows, (0, []))
    names = [_plain(cell) for cell in header]
    for line, row in rows:
        if release := _made(content, line, dict(zip(names, (cell.strip() for cell in row), strict=False))):
            yield release


def _records(tree: Tree, depth: int) -> Iterator[Tree]:
    """The objects of a document that are records: the elements of its lists, else the document itself."""
    if isinstance(tree.value, list):
        yield from (item for item in tree.value if isinstance(item.value, dict))
    elif isinstance(tree.value, dict):
        lists = [item for item in tree.value.values() if isinstance(item.value, list)]
        found = [item for inner in lists for item in _records(inner, depth + 1)] if depth < _DEEPEST else []
        names = {_plain(key) for key in tree.value}
        yield from found if found and not names & {*_WHAT, *_COMMIT} else (tree,)


def _of_fields(content: Content, tree: Tree, line: int) -> Release | None:
    fields: dict[str, str] = {}
    for key, item in tree.fields().items():
        if isinstance(item.value, str):
            fields.setdefault(_plain(key), item.value)
        for inner_key, inner in item.fields().items():
            if isinstance(inner.value, str):
                fields.setdefault(_plain(inner_key), inner.value)
    return _made(content, line, fields)


def _made(content: Content, line: int, fields: Mapping[str, str]) -> Release | None:
    at = _moment(_first(fields, _WHEN))
    setting = _first(fields, _SETTING)
    version, commit = _first(fields, _WHAT), _first(fields, _COMMIT)
    if at is None or not (version or commit or setting):
        return None
    if not _SHA.fullmatch(commit):
        version, commit = version or commit, ""
    who = _first(fields, _WHO) or _first(fields, _WHO_TOO) or _release_name(content.path)
    old, new = _first(fields, _OLD), _first(fields, _NEW)
    return Release(
        content,
        line,
        who.rstrip("/").rpartition("/")[2].removesuffix(".git") or None,
        at,
        version=version or commit[:12],
        commit=commit,
        before=_first(fields, _BEFORE),
        setting=setting,
        old=old if setting else "",
        new=new if setting else "",
        went_out=not _NEVER.search(_first(fields, _STATE)),
    )


def _first(fields: Mapping[str, str], names: Sequence[str]) -> str:
    return next((fields[name].strip() for name in names if fields.get(name, "").strip()), "")


def _moment(text: str) -> datetime | None:
    seconds = moment(text) if text else None
    if seconds is None and text:
        stamp = parse_stamp(text)
        seconds = stamp.seconds if stamp and stamp.dated else None
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
