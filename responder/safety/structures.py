"""Secrets that only the text around them gives away: URLs, headers, cookies, command lines, SQL, connection strings."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from responder.patterns import lazy
from responder.safety.shapes import is_harmless, looks_random
from responder.safety.tokens import Hit

__all__ = ["KINDS", "structure_hits"]

_ARGUMENTS = r"(?:[ \t]+[^\s]{1,120}+){0,12}?[ \t]+"
_VALUE = r"[\"']?(?P<secret>[^\s\"']{3,200}+)"
_SCHEMES = r"(?:bearer|basic|digest|token|apikey|negotiate|ssws|splunk|geniekey|key|aws4-hmac-sha256|bot)"

_ROWS: Final = (
    # A password may hold `@`, so the last one before the host counts.
    ("url_password", "://", r"://[^\s/:@\"'<>]{0,100}:(?P<secret>[^\s/\"'<>]{1,200})@(?=[\w.\[-])"),
    ("url_token", "://", r"://(?P<secret>(?=[^\s/:@]{0,100}\d)[A-Za-z0-9_-]{20,100})@(?=[\w.\[-])"),
    ("url_password", "thin:", r"thin:[^\s/@]{1,64}/(?P<secret>[^\s@/]{1,128})@"),
    ("signature", "sig=", r"(?<=[?&])sig=(?P<secret>[\w%+/=.-]{20,200})"),
    ("signature", "signature=", r"signature=(?P<secret>[0-9a-f]{64,1024})(?![0-9a-f])"),
    ("bearer", "bearer", r"bearer(?:[ \t]+|%20)(?P<secret>[\w.~+/=-]{8,8000})"),
    (
        "authorization",
        "authorization",
        rf"authorization\\?[\"']?\s?[:=,][ \t]*\\?[\"']?{_SCHEMES}[ =]+(?P<secret>[^\s\"',\\]{{6,8000}})",
    ),
    (
        "authorization",
        "authorization",
        r"authorization\\?[\"']?\s?[:=,][ \t]*\\?[\"']?(?P<secret>[^\s\"',\\]{12,8000})",
    ),
    ("digest_response", "response=", r"(?<=[ ,])response=\"(?P<secret>[0-9a-f]{32,64})\""),
    ("ssws_token", "ssws ", r"ssws[ \t]+(?P<secret>[\w-]{20,100})"),
    (
        "sql_password",
        "identified",
        r"identified\s+(?:with\s+\S{1,40}\s+)?(?:by|as)\s+(?:password\s+)?'(?P<secret>[^'\n]{1,200})'",
    ),
    (
        "command_password",
        "mysql",
        rf"mysql(?:dump|admin|import|check|show)?{_ARGUMENTS}-p(?!ort|id|lugin|roto){_VALUE}",
    ),
    ("command_password", "sshpass", rf"sshpass[ \t]+-p[ \t]*{_VALUE}"),
    (
        "command_password",
        "curl",
        rf"curl{_ARGUMENTS}(?:-u|--user|--proxy-user)[ =]?[\"']?[^\s:\"']{{1,64}}:(?!//){_VALUE}",
    ),
    ("command_password", "redis-cli", rf"redis-cli{_ARGUMENTS}(?:-a|--pass)[ =]{_VALUE}"),
    ("command_password", "login", rf"login{_ARGUMENTS}-p[ =]?{_VALUE}"),
    ("command_password", "ldap", rf"ldap(?:search|modify|add|delete|whoami|passwd){_ARGUMENTS}-w[ ]?{_VALUE}"),
    ("command_password", "pass:", rf"(?<=[ =])pass:{_VALUE}"),
    ("command_password", "snmp", rf"snmp(?:walk|get|set|bulkwalk){_ARGUMENTS}-[AX][ ]?{_VALUE}"),
    ("redis_password", "requirepass", rf"requirepass[ \t]+{_VALUE}"),
    ("redis_password", "masterauth", rf"masterauth[ \t]+{_VALUE}"),
    ("netrc_password", "password", r"(?<=[ \t])password[ \t]+(?P<secret>[^\s\"']{3,200}+)"),
    (
        "powershell_password",
        "securestring",
        r"securestring[ \t]+(?:-string[ \t]+)?[\"'](?P<secret>[^\"'\n]{1,200})[\"']",
    ),
    ("otp_secret", "otpauth://", r"otpauth://[^\s\"']{1,300}?[?&]secret=(?P<secret>[A-Z2-7=]{16,128})"),
    ("cloudflare_origin_key", "v1.0-", r"v1\.0-(?P<secret>[0-9a-f]{24}-[0-9a-f]{146})"),
    ("wireguard_key", "privatekey", r"privatekey[ \t]*=[ \t]*(?P<secret>[A-Za-z0-9+/]{43}=)"),
    ("bootstrap_token", "--token", r"--token[ =](?P<secret>[a-z0-9]{6}\.[a-z0-9]{16})(?![a-z0-9])"),
    ("database_password", "user:pass", r"user:pass[\w]*[ \t]*=[ \t]*(?P<secret>[^\s\"']{3,100})"),
)
_NEEDS_CONTEXT = {"netrc_password": lazy(r"login[ \t]+[^\s]{1,100}[ \t]+$", re.IGNORECASE)}

_LITERALS = {
    literal: [(kind, lazy(source, re.IGNORECASE)) for kind, same, source in _ROWS if same == literal]
    for _, literal, _ in _ROWS
}

KINDS = frozenset(row[0] for row in _ROWS) | {"basic_auth", "cookie", "dsn_password"}
"""Every kind this module can name."""

_ALWAYS_BELIEVED = frozenset({"url_password", "sql_password", "command_password", "powershell_password"})
_BASIC = lazy(
    r"(?:basic[ \t]+|\"auth\\{0,3}\"[ \t]*:[ \t]*\\{0,3}\"|_auth[ \t]*=[ \t]*\"?)([A-Za-z0-9+/_-]{6,2000}={0,2})",
    re.IGNORECASE,
)
_COOKIE_HEADER = lazy(
    r"(?:set-)?cookie2?\\?[\"']?\s?[:=,][ \t]*\\?[\"']?(?=[\w.%-]{1,80}=)([^\"'\n\\]{1,8000})", re.IGNORECASE
)
_COOKIE_PAIR = lazy(r"([\w.%-]{1,80})=([^;\s,\"']{6,4096})")
_COOKIE_ATTRIBUTES = frozenset({"path", "domain", "expires", "max-age", "samesite", "priority", "version"})
_FIELD = lazy(r"[a-z_]+=[^=]", re.IGNORECASE)
_GO_DSN_PASSWORD = lazy(r"(?:^|[\s\"'=(])[^\s:@\"'=/]{1,64}:([^\s\"']{1,128})\Z")


def structure_hits(text: str, lower: str) -> Iterator[Hit]:
    """Every secret whose surroundings show what it is; hits may overlap.

    Args:
        text: What to search.
        lower: The same text in lower case, every character at its place; only its ASCII letters matter.
    """
    for literal, patterns in _LITERALS.items():
        if literal not in lower:
            continue
        for at in _places(lower, literal):
            for kind, pattern in patterns:
                if (match := pattern.match(text, at)) and _believable(kind, match, text):
                    yield Hit(match.start("secret"), match.end("secret"), kind)
    yield from _basic(text, lower)
    yield from _cookies(text, lower)
    for marker in ("@tcp(", "@unix("):
        for at in _places(lower, marker):
            start = max(0, at - 200)
            if (match := _GO_DSN_PASSWORD.search(text[start:at])) and not _masked(match[1]):
                yield Hit(start + match.start(1), start + match.end(1), "dsn_password")


def _places(text: str, literal: str) -> Iterator[int]:
    at = text.find(literal)
    while at >= 0:
        yield at
        at = text.find(literal, at + 1)


def _believable(kind: str, match: re.Match[str], text: str) -> bool:
    secret = match["secret"]
    if context := _NEEDS_CONTEXT.get(kind):
        return context.search(text[max(0, match.start() - 120) : match.start()]) is not None
    if kind == "bearer" and _FIELD.match(secret):
        return False  # `token_type=bearer expires_in=3600`
    if kind in _ALWAYS_BELIEVED:
        return not _masked(secret)
    return looks_random(secret, at_least=6) and not is_harmless(secret, quoted=True)


def _masked(secret: str) -> bool:
    return set(secret) <= set("*x•.") or secret.startswith(("${", "$(", "{{", "<", "[REDACTED", "%(", "***"))


def _basic(text: str, lower: str) -> Iterator[Hit]:
    """Base64 of `user:password`, which no other base64 decodes to by chance."""
    for literal in ("basic", '"auth', "_auth"):
        for at in _places(lower, literal):
            if (match := _BASIC.match(text, at)) and _is_user_and_password(match[1]):
                yield Hit(match.start(1), match.end(1), "basic_auth")


def _is_user_and_password(encoded: str) -> bool:
    try:
        pair = base64.b64decode(encoded.rstrip("=") + "=" * (-len(encoded.rstrip("=")) % 4), altchars=b"-_")
    except binascii.Error:
        return False
    return b":" in pair and pair.isascii() and pair.decode("ascii").isprintable()


def _cookies(text: str, lower: str) -> Iterator[Hit]:
    end = 0
    for at in _places(lower, "cookie"):
        if at >= end and (header := _COOKIE_HEADER.match(text, at)):
            end = header.end()
            for pair in _COOKIE_PAIR.finditer(text, header.start(1), header.end(1)):
                if pair[1].lower() not in _COOKIE_ATTRIBUTES and not _masked(pair[2]):
                    yield Hit(pair.start(2), pair.end(2), "cookie")
