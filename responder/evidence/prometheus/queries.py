"""Which questions to ask, given the names of the metrics there are: golden signals first, rates of what only counts.

A counter says nothing by its height, a histogram nothing by its buckets, and a free byte little without the size of
the disk. So a name becomes the query that a person would type, and well-known pairs become a share of a limit.
"""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from responder.evidence.prometheus.interface import Window
from responder.patterns import lazy

__all__ = ["OWNERS", "Query", "plan"]

OWNERS = (
    *("namespace", "app", "app_kubernetes_io_name", "application", "service", "service_name", "deployment", "pod"),
    *("container", "node", "nodename", "host", "instance", "job", "database", "datname", "queue", "topic", "upstream"),
)
"""Labels that say whose a series is; all others are summed over."""
_BY = ", ".join(OWNERS)
_NAME = lazy(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,200}")
_FEWEST_SECONDS = 120
"""Least range of a rate: two samples of a scrape every minute."""
_FAILED = (
    '{0}{{code=~"5..|[Ee]rror"{1}}}',
    '{0}{{status=~"5..|[Ee]rror|failed|failure"{1}}}',
    '{0}{{status_code=~"5.."{1}}}',
    '{0}{{http_status_code=~"5.."{1}}}',
    '{0}{{http_response_status_code=~"5.."{1}}}',
    '{0}{{grpc_code=~"Unknown|DeadlineExceeded|ResourceExhausted|Internal|Unavailable|DataLoss"{1}}}',
    '{0}{{rcode=~"SERVFAIL|REFUSED"{1}}}',
)
"""How exporters label the requests that failed."""


class Query(Struct, frozen=True):
    """One question."""

    metric: str
    """What its answer is called."""
    promql: str


class _Share(Struct, frozen=True):
    """A well-known resource as a share of its limit."""

    metric: str
    needs: tuple[str, ...]
    promql: str
    """With `{by}`, `{range}` and, behind the labels of each selector, `{match}`."""


_SHARES = (
    _Share(
        "node_cpu_utilization_percent",
        ("node_cpu_seconds_total",),
        '100 * (1 - avg by ({by}) (rate(node_cpu_seconds_total{{mode="idle"{match}}}[{range}])))',
    ),
    _Share(
        "node_memory_utilization_percent",
        ("node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes"),
        "100 * (1 - max by ({by}) (node_memory_MemAvailable_bytes{{{only}}} / node_memory_MemTotal_bytes{{{only}}}))",
    ),
    _Share(
        "node_filesystem_utilization_percent",
        ("node_filesystem_avail_bytes", "node_filesystem_size_bytes"),
        "100 * (1 - min by ({by}) "
        '(node_filesystem_avail_bytes{{fstype!~"tmpfs|overlay|squashfs|ramfs|iso9660"{match}}} '
        '/ node_filesystem_size_bytes{{fstype!~"tmpfs|overlay|squashfs|ramfs|iso9660"{match}}}))',
    ),
    _Share(
        "container_memory_utilization_percent",
        ("container_memory_working_set_bytes", "container_spec_memory_limit_bytes"),
        '100 * max by ({by}) (container_memory_working_set_bytes{{container!=""{match}}} '
        '/ (container_spec_memory_limit_bytes{{container!=""{match}}} > 0))',
    ),
    _Share(
        "container_cpu_throttled_percent",
        ("container_cpu_cfs_throttled_periods_total", "container_cpu_cfs_periods_total"),
        "100 * sum by ({by}) (rate(container_cpu_cfs_throttled_periods_total{{{only}}}[{range}])) "
        "/ sum by ({by}) (rate(container_cpu_cfs_periods_total{{{only}}}[{range}]))",
    ),
    _Share(
        "open_fds_utilization_percent",
        ("process_open_fds", "process_max_fds"),
        "100 * max by ({by}) (process_open_fds{{{only}}} / process_max_fds{{{only}}})",
    ),
)
_OWN_AFFAIRS = lazy(
    r"(?:prometheus|promhttp|scrape|net_conntrack|python|go_(?!goroutines)|process_(?!open_fds|cpu|resident)|"
    r"kube_(?!pod_container_status_restarts|deployment_status_replicas_unavailable|node_status|hpa|resourcequota)|"
    r"kubelet|apiserver|workqueue|rest_client|etcd_debugging|authenti|authori|aggregator|ALERTS)"
)
"""What an exporter says about itself or about objects, whose states are labels and not numbers."""
_DULL = lazy(r"_(?:info|created|build_info|labels|timestamp_seconds|start_time_seconds)$")
_WORTH = (
    lazy(r"(?:^|_)up$|probe_success|availability"),
    lazy(r"error|fail|timeout|reject|drop|restart|oom|evict|refus|throttl|unavailable"),
    lazy(r"(?:duration|latency|response_time|request_time|_seconds_bucket$)"),
    lazy(r"request|http|grpc|rpc|queries|messages|transactions"),
    lazy(
        r"cpu|memory|disk|filesystem|conn|pool|thread|goroutine|worker|queue|backlog|pending|lag|fds|heap|session|"
        r"network|receive|transmit|dns|cache|replica|evict|lock"
    ),
)
"""Golden signals by what they tell: availability, errors, latency, traffic, saturation."""
_SCARCE = lazy(r"(?:^|_)up$|success|avail|free|remaining|idle")
_REQUESTS = lazy(r"request|http|grpc|rpc|responses|handled|queries")


def plan(names: Iterable[str], window: Window, match: str, most: int) -> tuple[tuple[Query, ...], int]:
    """The questions worth asking, the most telling first, and how many metrics are left out for their number."""
    known = sorted({name for name in names if _NAME.fullmatch(name)})
    shares = [share for share in _SHARES if set(share.needs) <= set(known)]
    told = {name for share in shares for name in share.needs}
    seconds = max(_FEWEST_SECONDS, 4 * window.step_seconds)
    queries = [
        Query(share.metric, share.promql.format(by=_BY, range=f"{seconds}s", only=match, match=_and(match)))
        for share in shares
    ]
    ranked = sorted((place, name) for name in known if name not in told and (place := _worth(name)) is not None)
    families = list(dict.fromkeys(_family(name, known) for _, name in ranked))
    left = max(0, len(families) - most)
    for family in families[:most]:
        queries += _asked(family, known, f"[{seconds}s]", match)
    return tuple(queries), left


def _and(match: str) -> str:
    return f", {match}" if match else ""


def _worth(name: str) -> int | None:
    if _OWN_AFFAIRS.match(name) or _DULL.search(name):
        return None
    return next((place for place, words in enumerate(_WORTH) if words.search(name)), None)


def _family(name: str, known: Sequence[str]) -> str:
    """The histogram or summary that a part belongs to, else the name itself."""
    for ending in ("_bucket", "_count", "_sum"):
        base = name.removesuffix(ending)
        if base != name and (f"{base}_bucket" in known or {f"{base}_sum", f"{base}_count"} <= set(known)):
            return base
    return name


def _asked(name: str, known: Sequence[str], span: str, match: str) -> list[Query]:
    if f"{name}_bucket" in known:
        quantile = f"histogram_quantile(0.95, sum by (le, {_BY}) (rate({name}_bucket{{{match}}}{span})))"
        return [Query(f"{name}_p95", quantile), *_counted(f"{name}_count", name, known, span, match)]
    if f"{name}_sum" in known and f"{name}_count" in known:
        mean = " / ".join(f"sum by ({_BY}) (rate({name}_{part}{{{match}}}{span}))" for part in ("sum", "count"))
        return [Query(f"{name}_mean", mean), *_counted(f"{name}_count", name, known, span, match)]
    if name.endswith(("_total", "_count")):
        return _counted(name, re.sub(r"_(?:total|count)$", "", name), known, span, match)
    worst = "min" if _SCARCE.search(name) else "max"
    return [Query(name, f"{worst} by ({_BY}) ({name}{{{match}}})")]


def _counted(counter: str, base: str, known: Sequence[str], span: str, match: str) -> list[Query]:
    """How often a second, and how often it failed where that is a label."""
    if counter not in known:
        return []
    plain = re.sub(r"_(?:duration|latency)?_?(?:milli|micro)?seconds$", "", base)
    queries = [Query(f"{plain}_per_second", f"sum by ({_BY}) (rate({counter}{{{match}}}{span}))")]
    if _REQUESTS.search(counter):
        failed = " or ".join(f"rate({form.format(counter, _and(match))}{span})" for form in _FAILED)
        queries.append(Query(f"{plain}_errors_per_second", f"sum by ({_BY}) ({failed})"))
    return queries
