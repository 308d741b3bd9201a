"""One function a log format: values in, one record out, exactly as the real program writes it."""

import json
from datetime import datetime

__all__ = [
    "event",
    "events_head",
    "json_line",
    "logback",
    "logfmt",
    "nginx_access",
    "nginx_error",
    "postgres",
    "python_log",
    "stamp",
    "syslog",
]


def _millis(at: datetime) -> str:
    return f"{at.microsecond // 1000:03d}"


def stamp(at: datetime, *, fraction: bool = True) -> str:
    """RFC 3339 in UTC: `2026-05-12T14:03:12.418Z`."""
    return f"{at:%Y-%m-%dT%H:%M:%S}" + (f".{_millis(at)}Z" if fraction else "Z")


def postgres(at: datetime, pid: int, who: str, level: str, message: str, detail: str = "") -> str:
    """PostgreSQL's stderr log with `log_line_prefix = '%m [%p] %u@%d '`; background processes have no user."""
    prefix = f"{at:%Y-%m-%d %H:%M:%S}.{_millis(at)} UTC [{pid}] " + (f"{who} " if who else "")
    return f"{prefix}{level}:  {message}" + (f"\n{prefix}{detail}" if detail else "")


def logback(at: datetime, level: str, thread: str, logger: str, message: str, trace: str = "") -> str:
    """Java logback's usual pattern, the stack trace on the following lines."""
    line = f"{at:%Y-%m-%d %H:%M:%S}.{_millis(at)} {level:<5} [{thread}] {logger} - {message}"
    return line + (f"\n{trace}" if trace else "")


def python_log(at: datetime, level: str, logger: str, message: str, trace: str = "") -> str:
    """Python's logging with `%(asctime)s %(levelname)s [%(name)s] %(message)s`."""
    line = f"{at:%Y-%m-%d %H:%M:%S},{_millis(at)} {level} [{logger}] {message}"
    return line + (f"\n{trace}" if trace else "")


def json_line(at: datetime, level: str, service: str, message: str, **fields: object) -> str:
    """One JSON object a line, as structured loggers write it."""
    record = {"ts": stamp(at), "level": level, "service": service, "msg": message, **fields}
    return json.dumps(record, ensure_ascii=False)


def logfmt(at: datetime, level: str, message: str, **fields: object) -> str:
    """`key=value` pairs; values with spaces are quoted."""

    def quoted(value: object) -> str:
        text = str(value)
        return json.dumps(text, ensure_ascii=False) if not text or any(c in text for c in ' "=') else text

    pairs = {"ts": stamp(at), "level": level, "msg": message, **fields}
    return " ".join(f"{key}={quoted(value)}" for key, value in pairs.items())


def nginx_access(at: datetime, client: str, request: str, status: int, size: int, took_ms: int, agent: str) -> str:
    """Nginx's combined format with the request time in seconds at the end."""
    when = f"{at:%d/%b/%Y:%H:%M:%S} +0000"
    return f'{client} - - [{when}] "{request}" {status} {size} "-" "{agent}" rt={took_ms // 1000}.{took_ms % 1000:03d}'


def nginx_error(at: datetime, level: str, connection: int, message: str) -> str:
    """Nginx's error log; it has whole seconds only."""
    return f"{at:%Y/%m/%d %H:%M:%S} [{level}] 29#29: *{connection} {message}"


def syslog(at: datetime, host: str, process: str, message: str) -> str:
    """The traditional syslog line of rsyslog and `journalctl`: no year, no zone."""
    return f"{at:%b} {at.day:>2} {at:%H:%M:%S} {host} {process}: {message}"


def events_head() -> str:
    """The header of `kubectl get events -o custom-columns=...`."""
    return f"{'TIMESTAMP':<22}{'TYPE':<10}{'REASON':<22}{'OBJECT':<44}MESSAGE"


def event(at: datetime, kind: str, reason: str, thing: str, message: str) -> str:
    """One Kubernetes event under `events_head`."""
    return f"{stamp(at, fraction=False):<22}{kind:<10}{reason:<22}{thing:<44}{message}"
