"""What a record of a change states in fields of its own: whose it was, which setting, the value before and after."""

from responder.patterns import lazy

__all__ = ["change_fields"]

_FIELD = lazy(
    r"(?:^|[\s,{;])[\"']?(?P<key>[A-Za-z][A-Za-z_.]{1,30})[\"']?\s{0,2}[=:]\s{0,2}"
    r"(?:\"(?P<double>[^\"\n]{1,120})\"|'(?P<single>[^'\n]{1,120})'|(?P<bare>[^\s\"',}]{1,120}))"
)
_UNIT = r"(?: (?:[mun]s|[hms]|m?secs?|seconds?|min(?:utes?)?|hours?|days?|[kMGT]i?B|bytes|%)(?![\w.-]))?"
_ARROW = lazy(
    r"(?<![\w.-])(?P<setting>[A-Za-z]\w{0,40}(?:[._-]\w{1,40}){1,8})[\"']?\s{0,2}[:=]?\s{1,2}"
    rf"[\"']?(?P<old>[\w.%-]{{1,60}}{_UNIT})[\"']?\s(?:->|=>|\u2192)\s[\"']?(?P<new>[\w.%-]{{1,60}}{_UNIT})"
)
_RELEASE = lazy(r"v?\d+\.\d+\.\d+")
_MEANINGS = {
    "owner": ("service", "service_name", "app", "application", "deployment", "component"),
    "setting": ("setting", "parameter", "config_key", "option", "flag", "variable"),
    "old": ("old", "old_value", "previous_value", "from_value", "before"),
    "new": ("new", "new_value", "to_value", "after"),
    "version": ("to_version", "new_version", "target_version", "version", "release", "tag"),
}
_MOST_TEXT = 4000


def change_fields(text: str) -> dict[str, str]:
    """The fields of a structured line by what they mean: `owner`, `setting`, `old`, `new`, `version`.

    `from` and `to` are versions or values, and are taken as values only where a setting is named.
    """
    fields: dict[str, str] = {}
    for match in _FIELD.finditer(text[:_MOST_TEXT]):
        value = match["double"] or match["single"] or match["bare"] or ""
        fields.setdefault(match["key"].lower().rpartition(".")[2], value.strip())
    found = {
        meaning: next(fields[name] for name in names if fields.get(name))
        for meaning, names in _MEANINGS.items()
        if any(fields.get(name) for name in names)
    }
    arrow = _ARROW.search(text[:_MOST_TEXT])
    if arrow and "setting" not in found and not _RELEASE.match(arrow["new"]):
        found = {**found, "setting": arrow["setting"], "old": arrow["old"], "new": arrow["new"].rstrip(".")}
    if "setting" in found:
        found = {"old": fields.get("from", ""), "new": fields.get("to", ""), **found}
    elif "new" in found or "old" in found:
        found = {meaning: value for meaning, value in found.items() if meaning not in ("old", "new")}
    return {meaning: value for meaning, value in found.items() if value}
