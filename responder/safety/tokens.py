"""Secrets that give themselves away by their shape: provider tokens, signed tokens, password hashes, keys.

One row a shape: the kind, a literal that every such secret holds and that is rare elsewhere, and a pattern that is
tried only where the literal stands. Patterns are bounded, so a text costs one fast literal search a row and little
more, whatever it holds. Shapes that occur by chance in digests, base64 images or identifiers are left out; the name
in front of such a value gives it away instead (`fields`).
"""

import os.path
import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from responder.patterns import lazy

__all__ = ["KINDS", "Hit", "token_hits"]


class Hit(Struct, frozen=True):
    """A secret in a text: the characters from `start` to `end`."""

    start: int
    end: int
    kind: str


_ROWS = (
    ("age_key", "AGE-SECRET-KEY-1", r"[A-Z0-9]{58}"),
    ("airtable_token", "pat", r"[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    ("alibaba_access_key", "LTAI", r"(?=[A-Za-z]{0,19}\d)[A-Za-z0-9]{16,24}"),
    ("anthropic_key", "sk-ant-", r"[\w-]{20,200}"),
    ("artifactory_token", "AKCp", r"[A-Za-z0-9]{60,80}"),
    ("atlassian_token", "ATATT3", r"[\w=-]{40,300}"),
    ("atlassian_token", "ATCTT3", r"[\w=-]{40,300}"),
    ("bitbucket_token", "ATBB", r"[A-Za-z0-9]{32}"),
    ("aws_access_key", "AKIA", r"(?=[A-Z]{0,15}\d)[A-Z0-9]{16}"),
    ("aws_access_key", "ASIA", r"(?=[A-Z]{0,15}\d)[A-Z0-9]{16}"),
    ("aws_session_token", "FwoGZXIvYXdz", r"[\w+/=%-]{40,2000}"),
    ("aws_session_token", "IQoJb3JpZ2lu", r"[\w+/=%-]{40,2000}"),
    ("aws_bedrock_key", "ABSKQmVkcm9ja0FQSUtleS", r"[A-Za-z0-9+/=]{60,200}"),
    ("buildkite_token", "bkua_", r"[0-9a-f]{40}"),
    ("circleci_token", "CCIPAT_", r"\w{20,100}"),
    ("circleci_token", "CCIPRJ_", r"\w{20,100}"),
    ("contentful_token", "CFPAT-", r"[\w-]{40,50}"),
    ("databricks_token", "dapi", r"[0-9a-f]{32}(?:-\d)?"),
    ("digitalocean_token", "dop_v1_", r"[0-9a-f]{64}"),
    ("digitalocean_token", "doo_v1_", r"[0-9a-f]{64}"),
    ("digitalocean_token", "dor_v1_", r"[0-9a-f]{64}"),
    ("discord_webhook", "/api/webhooks/", r"\d{15,21}/[\w-]{50,90}"),
    ("docker_token", "dckr_pat_", r"[\w-]{20,60}"),
    ("docker_token", "dckr_oat_", r"[\w-]{20,60}"),
    ("doppler_token", "dp.pt.", r"\w{38,48}"),
    ("doppler_token", "dp.st.", r"[\w.-]{38,80}"),
    ("dynatrace_token", "dt0c01.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    ("figma_token", "figd_", r"[\w-]{30,60}"),
    ("fly_token", "fm2_", r"[\w+/=]{60,800}"),
    ("fly_token", "fo1_", r"[\w-]{30,80}"),
    ("github_token", "ghp_", r"\w{36,255}"),
    ("github_token", "gho_", r"\w{36,255}"),
    ("github_token", "ghu_", r"\w{36,255}"),
    ("github_token", "ghs_", r"\w{36,255}"),
    ("github_token", "ghr_", r"\w{36,255}"),
    ("github_fine_grained_token", "github_pat_", r"\w{36,255}"),
    ("gitlab_token", "glpat-", r"[\w-]{20,64}"),
    ("gitlab_token", "gldt-", r"[\w-]{20,64}"),
    ("gitlab_token", "glrt-", r"[\w-]{20,64}"),
    ("gitlab_token", "glptt-", r"[\w-]{20,64}"),
    ("gitlab_token", "glcbt-", r"[\w-]{20,64}"),
    ("gitlab_token", "glsoat-", r"[\w-]{20,64}"),
    ("gitlab_token", "GR1348941", r"[\w-]{20}"),
    ("google_api_key", "AIza", r"[\w-]{35}"),
    ("google_oauth_secret", "GOCSPX-", r"[\w-]{28}"),
    ("google_oauth_token", "ya29.", r"[\w-]{20,400}"),
    ("google_refresh_token", "1//0", r"[\w-]{40,120}"),
    ("grafana_token", "glsa_", r"[A-Za-z0-9]{32}_[0-9a-fA-F]{8}"),
    ("grafana_token", "glc_", r"[A-Za-z0-9+/=]{32,400}"),
    ("groq_key", "gsk_", r"[A-Za-z0-9]{48,56}"),
    ("heroku_key", "HRKU-", r"[\w-]{36,60}"),
    ("huggingface_token", "hf_", r"[A-Za-z0-9]{34,40}"),
    ("jwt", "eyJ", r"[\w-]{6,4000}+\.[\w-]{4,8000}+\.[\w-]{8,2000}+(?:\.[\w-]{8,2000}){0,2}"),
    ("linear_key", "lin_api_", r"[A-Za-z0-9]{40}"),
    ("mailchimp_key", "-us", r"(?<=[0-9a-f]{32}-us)\d{1,2}"),
    ("mapbox_token", "sk.eyJ", r"[\w-]{20,200}\.[\w-]{20,40}"),
    ("netlify_token", "nfp_", r"[A-Za-z0-9]{36,40}"),
    ("newrelic_key", "NRAK-", r"[A-Z0-9]{27}"),
    ("newrelic_key", "NRJS-", r"[0-9a-f]{19}"),
    ("newrelic_key", "NRII-", r"[\w-]{32}"),
    ("notion_token", "ntn_", r"[A-Za-z0-9]{40,50}"),
    ("notion_token", "secret_", r"(?=[A-Za-z]{0,42}\d)[A-Za-z0-9]{43}"),
    ("npm_token", "npm_", r"[A-Za-z0-9]{36}"),
    ("openai_key", "sk-proj-", r"[\w-]{20,200}"),
    ("openai_key", "sk-svcacct-", r"[\w-]{20,200}"),
    ("openai_key", "sk-", r"(?=[A-Za-z]{0,63}\d)[A-Za-z0-9]{32,64}"),
    ("openrouter_key", "sk-or-v1-", r"[0-9a-f]{64}"),
    ("password_hash", "$2a$", r"\d\d\$[./A-Za-z0-9]{53}"),
    ("password_hash", "$2b$", r"\d\d\$[./A-Za-z0-9]{53}"),
    ("password_hash", "$2y$", r"\d\d\$[./A-Za-z0-9]{53}"),
    ("password_hash", "$1$", r"[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}"),
    ("password_hash", "$5$", r"(?:rounds=\d+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43}"),
    ("password_hash", "$6$", r"(?:rounds=\d+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}"),
    ("password_hash", "$y$", r"[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}"),
    ("password_hash", "$argon2", r"(?:id|i|d)\$v=\d+\$[^\s\"']{20,300}"),
    ("password_hash", "$scrypt$", r"[^\s\"']{20,300}"),
    ("password_hash", "pbkdf2_sha", r"\d{1,3}\$\d+\$[^\s\"'$]{1,64}\$[A-Za-z0-9+/=]{20,100}"),
    ("password_hash", "SCRAM-SHA-256$", r"\d+:[A-Za-z0-9+/=]{8,60}\$[A-Za-z0-9+/=]{20,60}:[A-Za-z0-9+/=]{20,60}"),
    ("perplexity_key", "pplx-", r"[A-Za-z0-9]{40,64}"),
    ("planetscale_token", "pscale_tkn_", r"[\w.=-]{32,64}"),
    ("planetscale_token", "pscale_pw_", r"[\w.=-]{32,64}"),
    ("postman_key", "PMAK-", r"[0-9a-f]{24}-[0-9a-f]{34}"),
    ("pulumi_token", "pul-", r"[0-9a-f]{40}"),
    ("pypi_token", "pypi-AgE", r"[\w-]{40,400}"),
    ("render_key", "rnd_", r"[A-Za-z0-9]{28,40}"),
    ("replicate_token", "r8_", r"[A-Za-z0-9]{37}"),
    ("rubygems_key", "rubygems_", r"[0-9a-f]{48}"),
    ("sendgrid_key", "SG.", r"[\w-]{16,32}\.[\w-]{32,64}"),
    ("sentry_token", "sntrys_", r"[\w+/=-]{40,400}"),
    ("sentry_token", "sntryu_", r"[0-9a-f]{64}"),
    ("shopify_token", "shpat_", r"[0-9a-fA-F]{32}"),
    ("shopify_token", "shpca_", r"[0-9a-fA-F]{32}"),
    ("shopify_token", "shppa_", r"[0-9a-fA-F]{32}"),
    ("shopify_token", "shpss_", r"[0-9a-fA-F]{32}"),
    ("slack_token", "xox", r"[abeoprs]-[\w.-]{10,250}"),
    ("slack_token", "xapp-", r"\d-[A-Za-z0-9-]{20,200}"),
    ("slack_webhook", "hooks.slack.com/", r"(?:services|workflows|triggers)/[\w+/-]{20,120}"),
    ("sourcegraph_token", "sgp_", r"(?:[0-9a-f]{16}_|local_)?[0-9a-f]{40}"),
    ("square_token", "sq0atp-", r"[\w-]{22}"),
    ("square_token", "sq0csp-", r"[\w-]{43}"),
    ("stripe_key", "sk_live_", r"[A-Za-z0-9]{16,250}"),
    ("stripe_key", "sk_test_", r"[A-Za-z0-9]{16,250}"),
    ("stripe_key", "rk_live_", r"[A-Za-z0-9]{16,250}"),
    ("stripe_key", "rk_test_", r"[A-Za-z0-9]{16,250}"),
    ("webhook_secret", "whsec_", r"[A-Za-z0-9+/=]{24,80}"),
    ("supabase_token", "sbp_", r"[0-9a-f]{40}"),
    ("supabase_token", "sb_secret_", r"[\w-]{20,60}"),
    ("tailscale_key", "tskey-", r"(?:auth|api|client|scim|webhook)-[\w-]{20,80}"),
    ("teams_webhook", "webhook.office.com/", r"[\w@/.-]{60,300}"),
    ("telegram_token", ":AA", r"(?<=\d{8}:AA)[\w-]{32,33}"),
    ("tencent_secret_id", "AKID", r"(?=[A-Za-z]{0,31}\d)[A-Za-z0-9]{32}"),
    ("terraform_token", ".atlasv1.", r"[\w=-]{60,80}"),
    ("twilio_key", "SK", r"[0-9a-f]{32}"),
    ("typeform_token", "tfp_", r"[\w.=-]{40,80}"),
    ("vault_token", "hvs.", r"[\w-]{20,300}"),
    ("vault_token", "hvb.", r"[\w-]{20,300}"),
    ("vault_token", "hvr.", r"[\w-]{20,300}"),
    ("adobe_secret", "p8e-", r"[a-z0-9]{32}"),
    ("amazon_mws_token", "amzn.mws.", r"[0-9a-f-]{36}"),
    ("azure_client_secret", "8Q~", r"[\w~.-]{31,34}"),
    ("brevo_key", "xkeysib-", r"[0-9a-f]{64}-\w{16}"),
    ("cerebras_key", "csk-", r"[a-z0-9]{40,60}"),
    ("clojars_token", "CLOJARS_", r"[0-9a-f]{60}"),
    ("deno_token", "ddp_", r"\w{36,40}"),
    ("dropbox_token", "sl.", r"(?:u\.)?[\w-]{130,1400}"),
    ("duffel_token", "duffel_", r"(?:test|live)_[\w=-]{43}"),
    ("easypost_key", "EZAK", r"(?=[A-Za-z]{0,53}\d)[A-Za-z0-9]{54}"),
    ("flutterwave_key", "FLWSECK", r"(?:_TEST)?-[\w-]{12,80}"),
    ("frameio_token", "fio-u-", r"[\w=-]{64}"),
    ("gitlab_token", "glft-", r"[\w-]{20,64}"),
    ("gitlab_token", "glimt-", r"[\w-]{20,64}"),
    ("gitlab_token", "glagent-", r"[\w-]{20,64}"),
    ("hubspot_token", "pat-", r"(?:na|eu)\d-[0-9a-f-]{36}"),
    ("infracost_key", "ico-", r"[A-Za-z0-9]{32}"),
    ("langfuse_key", "sk-lf-", r"[0-9a-f-]{36}"),
    ("langsmith_key", "lsv2_", r"(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    ("nuget_key", "oy2", r"[a-z0-9]{43}"),
    ("nvidia_key", "nvapi-", r"[\w-]{60,80}"),
    ("onepassword_token", "ops_eyJ", r"[\w+/=-]{100,3000}"),
    ("openshift_token", "sha256~", r"[\w-]{43}"),
    ("pinecone_key", "pcsk_", r"\w{50,80}"),
    ("plaid_token", "access-", r"(?:sandbox|development|production)-[0-9a-f-]{36}"),
    ("prefect_key", "pnu_", r"[A-Za-z0-9]{36}"),
    ("readme_token", "rdme_", r"[a-z0-9]{70}"),
    ("scalingo_token", "tk-us-", r"[\w-]{48}"),
    ("shippo_token", "shippo_", r"(?:live|test)_[0-9a-f]{40}"),
    ("sonarqube_token", "sq", r"[aup]_[0-9a-f]{40}"),
    ("twitter_bearer", "A" * 20, r"A{1,4}[A-Za-z0-9%]{60,120}"),
    ("xai_key", "xai-", r"[A-Za-z0-9]{70,90}"),
)

_REACH_BACK = {"-us": 32, ":AA": 0, ".atlasv1.": 14, "8Q~": 3}
"""Literals in the middle of their secret, and how many characters of it stand before them."""


@cache
def _compile(literal: str, tail: str) -> re.Pattern[str]:
    # A signed token may stand behind anything but another one: `eyJ-eyJ-...` would be scanned again at each step.
    boundary = r"(?<![\w-])" if literal == "eyJ" else r"(?<![A-Za-z0-9])"
    left = boundary if literal[0].isalnum() and literal not in _REACH_BACK else ""
    return lazy(rf"{left}{re.escape(literal)}{tail}(?![A-Za-z0-9])", re.ASCII)


def _anchors() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The rows by what is searched for: literals with the same first two letters share one search."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for row in _ROWS:
        groups.setdefault(row[1][:2], []).append(row)
    return [
        (
            os.path.commonprefix([literal for _, literal, _ in rows]),  # noqa: RUF071 - of strings, not of paths
            rows,
        )
        for rows in groups.values()
    ]


_ANCHORS = _anchors()

KINDS = frozenset(row[0] for row in _ROWS) | {"private_key"}
"""Every kind this module can name."""

_KEY_BEGIN = lazy(r"-----BEGIN (?:[A-Za-z0-9]{1,12} ){0,3}(?:PRIVATE KEY(?: BLOCK)?|Static key V1)-----")
_KEY_MAX_CHARS = 32_000
_KEY_HEADER_LINES = 3
_KEY_LINE = lazy(r"(?:(?!\\n)[^\n])++")
_KEY_PIECE = lazy(r"[A-Za-z0-9+/=_-]++")


def token_hits(text: str, ascii_text: str) -> Iterator[Hit]:
    """Every secret of a known shape, in no particular order; hits may overlap.

    Args:
        text: What to search.
        ascii_text: The same text with every other character replaced by an ASCII one.
    """
    # No shape holds white space, and logs repeat themselves: what is in the text is in its distinct words.
    words = "\n".join(set(ascii_text.split()))
    for anchor, rows in _ANCHORS:
        if anchor not in words:
            continue
        at = ascii_text.find(anchor)
        while at >= 0:
            for kind, literal, tail in rows:
                # Most literals are never met, and their patterns never compiled.
                if text.startswith(literal, at) and (match := _compile(literal, tail).match(text, at)):
                    yield Hit(at - _REACH_BACK.get(literal, 0), match.end(), kind)
            at = ascii_text.find(anchor, at + 1)
    yield from _private_keys(text)


def _private_keys(text: str) -> Iterator[Hit]:
    r"""The body of each private key, one hit a line, so that line numbers hold.

    Lines may carry a log prefix, and a key on one line has `\n` written out. A key without its end (a cut log) is
    taken up to the first line that does not end in key material.
    """
    at = text.find("-----BEGIN ")
    while at >= 0:
        if begin := _KEY_BEGIN.match(text, at):
            stop = text.find("-----", begin.end(), begin.end() + _KEY_MAX_CHARS)
            ended = stop >= 0 and text.startswith("-----END", stop)
            yield from _key_body(text, begin.end(), stop if stop >= 0 else len(text), ended=ended)
        at = text.find("-----BEGIN ", at + 1)


def _key_body(text: str, start: int, stop: int, *, ended: bool) -> Iterator[Hit]:
    stop = min(stop, start + _KEY_MAX_CHARS)
    for count, line in enumerate(_KEY_LINE.finditer(text, start, stop)):
        closing = len(line[0].rstrip("\\r \t\"',"))
        # Inside a whole key the last line may be a few characters. Without an end, what follows may be a log again:
        # only full lines of key material count, after at most a few lines of headers.
        pieces = _KEY_PIECE.finditer(line[0])
        if ended:
            material = [piece for piece in pieces if len(piece[0]) >= 16 or piece.end() == closing]
        else:
            material = [piece for piece in pieces if len(piece[0]) >= 40 and piece.end() == closing]
        if not material and not ended and count >= _KEY_HEADER_LINES:
            return
        for piece in material:
            yield Hit(line.start() + piece.start(), line.start() + piece.end(), "private_key")
