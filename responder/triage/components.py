"""Who wrote a line: from the wrapper, the structured field, the unit, else the name of the file."""

import re
from functools import lru_cache

from responder.incident import ComponentKind
from responder.patterns import lazy
from responder.triage.format import Parsed

__all__ = ["component_of_line", "component_of_path", "kind_of", "without_pod_hash"]

# Kubernetes writes hashes without vowels and without digits that look like letters.
_REPLICASET = lazy(
    r"^(?P<app>[a-z][a-z0-9-]*?)-(?:[a-f0-9]{6,10}(?:-[a-z0-9]{5})?|[a-f0-9bcdfghjklmnpqrstvwxz2456789]{3,10}"
    r"-[bcdfghjklmnpqrstvwxz2456789]{5})$"
)
_SUFFIXES = lazy(
    r"(?:\.(?:log|txt|out|err|json|jsonl|ndjson|xml|html|gz|bz2|xz|zst|current|previous|\d{1,8})"
    r"|(?<=\.log)[.-]\d{4}-?\d\d-?\d\d(?:[-_T]?\d{2,6})?)+$",
    re.IGNORECASE,
)
_NOISE = lazy(r"[._-](?:\d{4}-?\d\d-?\d\d|access|error|stdout|stderr|app|service|container|json)$", re.IGNORECASE)
_NO_COMPONENT = frozenset(
    re.findall(
        r"\w+",
        "log logs app application build console output stdout stderr stdin messages syslog trace journal job run test "
        "tests error errors access events events describe system all combined ci report fail pass raw full deploy "
        "junit surefire failsafe results",
    )
)
_TECHNOLOGIES = frozenset(
    {
        "postgresql",
        "postgres",
        "mysql",
        "mysqld",
        "redis",
        "nginx",
        "kafka",
        "kern",
        "kernel",
        "dmesg",
        "mongod",
        "haproxy",
        "envoy",
        "controller",
        "server",
        "worker",
        "sync",
        "manager",
        "gc",
        "catalina",
        "docker",
        "kubelet",
    }
)
_NAMING_FORMATS = (
    "json",
    "logfmt",
    "logfmt-level-first",
    "journald-json",
    "syslog",
    "syslog5424",
    "dmesg",
    "kubernetes-events",
)
_THREADS = lazy(
    r"^(?:main|scheduler|http-nio.*|pool-.*|exec-.*|thread.*|worker.*|nio-.*|.*[:/#].*|\d+)$", re.IGNORECASE
)
_POD_LOG = lazy(
    r"(?:^|/)pods/(?:"
    r"[a-z0-9-]{1,63}_([a-z0-9.-]{1,253})_[0-9a-f-]{32,36}/[^/]+/\d+\.log"  # the kubelet's own
    r"|([a-z0-9.-]{1,253})/[^/]+/[^/]+/logs/\w+(?:\.insecure)?\.log"  # must-gather
    r"|logs/[a-z0-9-]{1,63}/([a-z0-9.-]{1,253})/[^/]+\.log"  # a support bundle
    r")|(?:^|/)containers/([a-z0-9.-]{1,253})_[a-z0-9-]{1,63}_[^/_]+-[0-9a-f]{12,64}\.log"
)
"""Where tools put the log of a pod's container: whose it is, the folder of the pod says."""
_ORDINAL = lazy(r"-\d{1,3}$")
"""What a stateful set adds to its name."""
_KINDS: tuple[tuple[ComponentKind, tuple[str, ...]], ...] = (
    (
        ComponentKind.DATABASE,
        ("postgres", "pgsql", "mysql", "mariadb", "mongo", "oracle", "mssql", "cassandra", "-db", "db-", "database"),
    ),
    (ComponentKind.CACHE, ("redis", "memcache", "cache", "valkey")),
    (ComponentKind.QUEUE, ("kafka", "rabbit", "queue", "nats", "sqs", "pulsar", "activemq")),
    (ComponentKind.NODE, ("kernel", "dmesg", "node", "kubelet", "host")),
    (ComponentKind.NETWORK, ("dns", "coredns", "resolver", "network", "firewall")),
)


def without_pod_hash(name: str) -> str:
    """`api` of `api-7d9f8b6c5d-x2x4z`; other names as they are."""
    match = _REPLICASET.match(name)
    return match["app"] if match and any(c.isdigit() for c in name[len(match["app"]) :]) else name


@lru_cache(1024)
def component_of_path(path: str) -> str | None:
    """What a file's name says about who wrote it; its folder when the name says nothing, or only the technology."""
    if pod := _POD_LOG.search(path):
        name = next(filter(None, pod.groups()))
        return _ORDINAL.sub("", name) if (app := without_pod_hash(name)) == name else app
    names = [_bare_name(part) for part in path.replace("!/", "/").split("/")]
    telling = [name for name in names if name and name.lower() not in _NO_COMPONENT and not name.isdigit()]
    if len(telling) > 1 and telling[-1].lower() in _TECHNOLOGIES and telling[-1] == names[-1]:
        return telling[-2]
    return telling[-1] if telling else None


def _bare_name(part: str) -> str:
    name = _SUFFIXES.sub("", part)
    while (shorter := _NOISE.sub("", name)) != name:
        name = shorter
    return without_pod_hash(name)


def component_of_line(parsed: Parsed, of_path: str | None) -> str | None:
    """The writer of one line.

    A name a container runtime, a unit or a JSON field gives is believed before the file's; a word in brackets only
    when the file says nothing, because most often it is a thread or a logger.
    """
    if not parsed.component:
        return of_path
    return _writer(parsed.component, bool(parsed.wrapped or parsed.format in _NAMING_FORMATS), of_path)


@lru_cache(4096)
def _writer(name: str, believed: bool, of_path: str | None) -> str | None:
    name = without_pod_hash(name.removesuffix(".service"))
    if believed:
        return of_path if of_path and ("." in name and name.count(".") > 1) else name
    if of_path or _THREADS.match(name):
        return of_path
    return name


def kind_of(name: str | None) -> ComponentKind:
    """What sort of thing a name most likely is; a service when nothing else fits."""
    if not name:
        return ComponentKind.UNKNOWN
    lower = name.lower()
    for kind, parts in _KINDS:
        if any(part in lower for part in parts) or (kind is ComponentKind.DATABASE and lower in ("db", "pg")):
            return kind
    return ComponentKind.SERVICE
