"""Synthetic secrets of many kinds, and look-alikes that must survive.

Every value is put together at run time from parts, so that no scanner takes this file for a leak.
"""

import base64
import random
import string
import uuid
from collections.abc import Callable, Iterator

LOWER = string.ascii_lowercase + string.digits
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
B64 = ALNUM + "+/"

# kind -> how the secret is made. A few carry digits at a fixed place, as real ones always do.
_SHAPES: dict[str, Callable[[random.Random], str]] = {
    "age": lambda r: "AGE-SECRET" + "-KEY-1" + _of(r, string.ascii_uppercase + string.digits, 58),
    "airtable": lambda r: "pa" + "t" + _of(r, ALNUM, 14) + "." + _of(r, HEX, 64),
    "alibaba": lambda r: "LT" + "AI5t" + _of(r, ALNUM, 18),
    "anthropic": lambda r: "sk-" + "ant-api03-" + _of(r, ALNUM + "_-", 90) + "AA",
    "artifactory": lambda r: "AK" + "Cp" + _of(r, ALNUM, 69),
    "atlassian": lambda r: "ATA" + "TT3xFfGF0" + _of(r, ALNUM, 170) + "=" + _of(r, HEX.upper(), 8),
    "aws_key_id": lambda r: "AK" + "IA" + "4" + _of(r, string.ascii_uppercase + "234567", 15),
    "aws_temporary_id": lambda r: "AS" + "IA" + "7" + _of(r, string.ascii_uppercase + "234567", 15),
    "azure_client_secret": lambda r: _of(r, ALNUM, 3) + "8" + "Q~" + _of(r, ALNUM, 34),
    "brevo": lambda r: "xkey" + "sib-" + _of(r, HEX, 64) + "-" + _of(r, ALNUM, 16),
    "buildkite": lambda r: "bk" + "ua_" + _of(r, HEX, 40),
    "circleci": lambda r: "CCI" + "PAT_" + _of(r, ALNUM, 22) + "_" + _of(r, HEX, 40),
    "contentful": lambda r: "CF" + "PAT-" + _of(r, ALNUM, 43),
    "databricks": lambda r: "da" + "pi" + _of(r, HEX, 32),
    "digitalocean": lambda r: "do" + "p_v1_" + _of(r, HEX, 64),
    "discord_webhook": lambda r: "https://discord.com/api/web" + f"hooks/{_of(r, HEX[:10], 18)}/{_of(r, ALNUM, 68)}",
    "docker": lambda r: "dc" + "kr_pat_" + _of(r, ALNUM, 27),
    "doppler": lambda r: "dp." + "pt." + _of(r, ALNUM, 43),
    "dynatrace": lambda r: "dt0" + "c01." + ".".join(_of(r, string.ascii_uppercase, n) for n in (24, 64)),
    "figma": lambda r: "fi" + "gd_" + _of(r, ALNUM, 40),
    "fly": lambda r: "fm" + "2_" + _of(r, B64, 120),
    "github": lambda r: "gh" + "p_" + _of(r, ALNUM, 36),
    "github_server": lambda r: "gh" + "s_" + _of(r, ALNUM, 36),
    "github_fine_grained": lambda r: "github" + "_pat_" + _of(r, ALNUM, 22) + "_" + _of(r, ALNUM, 59),
    "gitlab": lambda r: "gl" + "pat-" + _of(r, ALNUM, 20),
    "gitlab_runner": lambda r: "gl" + "rt-" + _of(r, ALNUM, 20),
    "google_api": lambda r: "AI" + "za" + _of(r, ALNUM, 35),
    "google_oauth_secret": lambda r: "GOC" + "SPX-" + _of(r, ALNUM, 28),
    "google_oauth_token": lambda r: "ya" + "29.a0" + _of(r, ALNUM, 120),
    "grafana": lambda r: "gl" + "sa_" + _of(r, ALNUM, 32) + "_" + _of(r, HEX, 8),
    "groq": lambda r: "gs" + "k_" + _of(r, ALNUM, 52),
    "heroku": lambda r: "HR" + "KU-" + str(uuid.UUID(int=r.getrandbits(128))),
    "huggingface": lambda r: "h" + "f_" + _of(r, ALNUM, 34),
    "hubspot": lambda r: "pa" + "t-na1-" + str(uuid.UUID(int=r.getrandbits(128))),
    "jwt": lambda r: _jwt(r),
    "linear": lambda r: "lin" + "_api_" + _of(r, ALNUM, 40),
    "mailchimp": lambda r: _of(r, HEX, 32) + "-u" + "s14",
    "mapbox": lambda r: "sk." + "eyJ1Ijoi" + _of(r, ALNUM, 60) + "." + _of(r, ALNUM, 22),
    "netlify": lambda r: "nf" + "p_" + _of(r, ALNUM, 36),
    "newrelic": lambda r: "NR" + "AK-" + _of(r, string.ascii_uppercase + string.digits, 27),
    "notion": lambda r: "nt" + "n_" + _of(r, ALNUM, 46),
    "npm": lambda r: "np" + "m_" + _of(r, ALNUM, 36),
    "nuget": lambda r: "oy" + "2" + _of(r, LOWER, 43),
    "nvidia": lambda r: "nv" + "api-" + _of(r, ALNUM, 64),
    "openai": lambda r: "sk" + "-proj-" + _of(r, ALNUM, 60) + "T3Blbk" + "FJ" + _of(r, ALNUM, 60),
    "openai_old": lambda r: "sk" + "-" + "7" + _of(r, ALNUM, 47),
    "perplexity": lambda r: "pp" + "lx-" + _of(r, ALNUM, 48),
    "planetscale": lambda r: "psc" + "ale_pw_" + _of(r, ALNUM, 43),
    "postman": lambda r: "PM" + "AK-" + _of(r, HEX, 24) + "-" + _of(r, HEX, 34),
    "pulumi": lambda r: "pu" + "l-" + _of(r, HEX, 40),
    "pypi": lambda r: "pypi" + "-AgEIcHlwaS5vcmc" + _of(r, ALNUM, 130),
    "replicate": lambda r: "r" + "8_" + _of(r, ALNUM, 37),
    "rubygems": lambda r: "ruby" + "gems_" + _of(r, HEX, 48),
    "sendgrid": lambda r: "S" + "G." + _of(r, ALNUM, 22) + "." + _of(r, ALNUM, 43),
    "sentry": lambda r: "snt" + "ryu_" + _of(r, HEX, 64),
    "shopify": lambda r: "shp" + "at_" + _of(r, HEX, 32),
    "slack_bot": lambda r: "xo" + "xb-" + _of(r, string.digits, 12) + "-" + _of(r, ALNUM, 24),
    "slack_app": lambda r: "xa" + "pp-1-" + _of(r, string.ascii_uppercase, 11) + "-" + _of(r, HEX, 64),
    "slack_webhook": lambda r: "https://hooks.slack" + f".com/services/T0{_of(r, ALNUM, 8)}/B0{_of(r, ALNUM, 24)}",
    "sonarqube": lambda r: "sq" + "u_" + _of(r, HEX, 40),
    "square": lambda r: "sq0" + "atp-" + _of(r, ALNUM, 22),
    "stripe": lambda r: "sk" + "_live_" + _of(r, ALNUM, 24),
    "stripe_webhook": lambda r: "wh" + "sec_" + _of(r, ALNUM, 32),
    "supabase": lambda r: "sb" + "p_" + _of(r, HEX, 40),
    "tailscale": lambda r: "tsk" + "ey-auth-" + _of(r, ALNUM, 12) + "-" + _of(r, ALNUM, 32),
    "telegram": lambda r: _of(r, "123456789", 10) + ":A" + "A" + _of(r, ALNUM, 33),
    "terraform": lambda r: _of(r, ALNUM, 14) + ".atlas" + "v1." + _of(r, ALNUM, 67),
    "twilio": lambda r: "S" + "K" + _of(r, HEX, 32),
    "vault": lambda r: "hv" + "s." + _of(r, ALNUM, 90),
    "bcrypt": lambda r: "$2" + "b$12$" + _of(r, ALNUM + "./", 53),
    "sha512_crypt": lambda r: "$" + "6$" + _of(r, ALNUM, 8) + "$" + _of(r, ALNUM + "./", 86),
    "argon2": lambda r: "$arg" + "on2id$v=19$m=65536,t=3,p=4$" + _of(r, B64, 22) + "$" + _of(r, B64, 43),
}  # fmt: skip

# kind -> the text around a secret that only its surroundings give away.
_PLACES: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "password_field": ("db_password={}", lambda r: _mixed(r, 10)),
    "password_short": ("password={}", lambda r: "hunter" + _of(r, string.digits, 1)),
    "password_symbols": ("password={}", lambda r: "P@ss," + _of(r, ALNUM, 4) + "&!x"),
    "password_property": ("spring.datasource.password={}", lambda r: _mixed(r, 12)),
    "password_yaml": ("redis_password: {}", lambda r: _mixed(r, 12)),
    "passwd": ("MYSQL_ROOT_PASSWD={}", lambda r: _mixed(r, 9)),
    "passphrase": ("passphrase='{}'", lambda r: "correct horse " + _of(r, LOWER, 6)),
    "pass_variable": ("SMTP_PASS={}", lambda r: _mixed(r, 10)),
    "pgpassword": ("PGPASSWORD={} psql -h db", lambda r: _mixed(r, 10)),
    "ado_pwd": ("Server=db;User Id=sa;Pwd={};Encrypt=true", lambda r: _mixed(r, 12)),
    "azure_account_key": ("AccountName=logs;AccountKey={};EndpointSuffix=core", lambda r: _of(r, B64, 86) + "=="),
    "azure_shared_access_key": ("SharedAccessKeyName=root;SharedAccessKey={}", lambda r: _of(r, B64, 43) + "="),
    "azure_sas": ("https://x.blob.example/c?sv=2024-01-01&sig={}", lambda r: _of(r, ALNUM, 43) + "%3D"),
    "aws_secret_key": ("aws_secret_access_key = {}", lambda r: _of(r, B64, 39) + "9"),
    "aws_presigned": ("GET /o?X-Amz-Signature={}", lambda r: _of(r, HEX, 64)),
    "api_key_header": ("X-Api-Key: {}", lambda r: _mixed(r, 32)),
    "api_key_query": ("GET /v1/items?api_key={}&page=2", lambda r: _mixed(r, 24)),
    "client_secret": ("client_secret={}", lambda r: _mixed(r, 30)),
    "access_token": ("access_token={}", lambda r: _mixed(r, 40)),
    "refresh_token": ("refreshToken={}", lambda r: _mixed(r, 40)),
    "bare_token": ("token={}", lambda r: _mixed(r, 20)),
    "encryption_key": ("ENCRYPTION_KEY={}", lambda r: _of(r, HEX, 63) + "7"),
    "datadog": ("DD_API_KEY={}", lambda r: _of(r, HEX, 31) + "a"),
    "django_secret": ("SECRET_KEY = '{}'", lambda r: _of(r, ALNUM + "@#^&*-_=+", 49) + "9"),
    "bearer": ("Authorization: Bearer {}", lambda r: _mixed(r, 40)),
    "basic": ("Authorization: Basic {}", lambda r: _basic(r)),
    "basic_proxy": ("Proxy-Authorization: Basic {}", lambda r: _basic(r)),
    "token_header": ("Authorization: Token {}", lambda r: _of(r, HEX, 39) + "b"),
    "docker_auth": ('"auth": "{}"', lambda r: _basic(r)),
    "cookie": ("Cookie: theme=dark; session={}", lambda r: _mixed(r, 32)),
    "set_cookie": ("Set-Cookie: sid={}; Path=/; HttpOnly", lambda r: _mixed(r, 32)),
    "url_password": ("postgres://app:{}@db:5432/shop", lambda r: _mixed(r, 12)),
    "redis_url": ("redis://:{}@cache:6379/0", lambda r: _mixed(r, 16)),
    "amqp_url": ("amqp://guest:{}@mq/%2f", lambda r: "p@" + _mixed(r, 12)),
    "git_url_token": ("https://{}@git.example/team/app.git", lambda r: _mixed(r, 40)),
    "go_dsn": ("dsn app:{}@tcp(db:3306)/shop", lambda r: _mixed(r, 12)),
    "jdbc_oracle": ("jdbc:oracle:thin:app/{}@//db:1521/x", lambda r: _mixed(r, 12)),
    "jdbc_query": ("jdbc:mysql://db/shop?user=app&password={}&useSSL=true", lambda r: _mixed(r, 12)),
    "flag_space": ("run --db-password {} --verbose", lambda r: _mixed(r, 12)),
    "flag_equals": ("run --api-token={} --verbose", lambda r: _mixed(r, 24)),
    "mysql_flag": ("mysqldump -h db -u root -p{} shop", lambda r: _mixed(r, 12)),
    "curl_user": ("curl -sS -u admin:{} https://x.example", lambda r: _mixed(r, 12)),
    "sshpass": ("sshpass -p {} ssh root@host", lambda r: _mixed(r, 12)),
    "docker_login": ("docker login -u bot -p {} registry.example", lambda r: _mixed(r, 20)),
    "redis_cli": ("redis-cli -h cache -a {} ping", lambda r: _mixed(r, 20)),
    "openssl_pass": ("openssl rsa -passin pass:{} -in k", lambda r: _mixed(r, 12)),
    "sql_identified": ("CREATE USER 'app'@'%' IDENTIFIED BY '{}'", lambda r: _mixed(r, 12)),
    "sql_password": ("ALTER ROLE app WITH PASSWORD '{}'", lambda r: _mixed(r, 12)),
    "netrc": ("machine git.example login bot password {}", lambda r: _mixed(r, 14)),
    "xml": ("<password>{}</password>", lambda r: _mixed(r, 12)),
    "npmrc": ("//registry.example/:_authToken={}", lambda r: _mixed(r, 36)),
    "kubernetes_env": ("name: DB_PASSWORD value: {}", lambda r: _mixed(r, 12)),
    "kubeconfig": ("client-key-data: {}", lambda r: _of(r, B64, 199) + "9"),
    "bootstrap": ("kubeadm join --token {} 10.0.0.1:6443", lambda r: _of(r, LOWER, 5) + "7." + _of(r, LOWER, 16)),
    "otp": ("otpauth://totp/x?secret={}", lambda r: _of(r, string.ascii_uppercase + "234567", 31) + "2"),
    "redis_config": ("requirepass {}", lambda r: _mixed(r, 16)),
    "wireguard": ("PrivateKey = {}", lambda r: _of(r, B64, 42) + "9="),
    "php_session": ("PHPSESSID={}", lambda r: _of(r, LOWER, 25) + "7"),
}  # fmt: skip

_FRAMES = {
    "plain": "2026-03-01T08:00:00.123Z ERROR [api] call failed: {} (attempt 2)",
    "bracketed": "[2026-03-01 08:00:00,123] {{worker-1}} WARN - {}",
    "syslog": "<34>Mar  1 08:00:00 host-1 app[812]: {}",
    "json": '{{"time":"2026-03-01T08:00:00Z","level":"error","msg":{}}}',
}


def planted(seed: int = 7) -> Iterator[tuple[str, str, str, str]]:
    """(kind, frame, line, secret) of every kind in every frame."""
    rng = random.Random(seed)
    for frame, template in _FRAMES.items():
        for kind, make in _SHAPES.items():
            secret = make(rng)
            yield kind, frame, _framed(frame, template, f"got {secret} from caller"), secret
        for kind, (place, make) in _PLACES.items():
            secret = make(rng)
            yield kind, frame, _framed(frame, template, place.format(secret)), secret


def look_alikes(seed: int = 11) -> list[str]:
    """More than 500 lines that look a little like secrets and hold none."""
    rng = random.Random(seed)
    lines = [line.strip() for line in _INNOCENT.strip().splitlines()]
    for _ in range(40):
        identifier = str(uuid.UUID(int=rng.getrandbits(128)))
        lines += [
            f"request_id={identifier} status=200",
            f'{{"trace_id":"{_of(rng, HEX, 32)}","span_id":"{_of(rng, HEX, 16)}","session_id":"{identifier}"}}',
            f"Checking out {_of(rng, HEX, 40)} as detached HEAD",
            f"Digest: sha256:{_of(rng, HEX, 64)}",
            f"image registry.example/shop/api@sha256:{_of(rng, HEX, 64)}",
            f"md5={_of(rng, HEX, 32)} etag=\"{_of(rng, HEX, 32)}\"",
            f"pod/api-{_of(rng, LOWER, 9)}-{_of(rng, LOWER, 5)} created on ip-10-0-{rng.randrange(255)}-7.ec2.internal",
            f"data:image/png;base64,iVBORw0KGgo{_of(rng, B64, 200)}=",
            f"integrity sha512-{_of(rng, B64, 86)}==",
            f"traceparent: 00-{_of(rng, HEX, 32)}-{_of(rng, HEX, 16)}-01",
            f"cache key=user:{rng.randrange(9999)}:profile hit ratio 0.{rng.randrange(99)}",
            f"offset {rng.randrange(10**12)} at 2026-03-01T08:00:{rng.randrange(60):02}.{rng.randrange(10**6):06}Z",
            f"SHA256:{_of(rng, B64, 43)} host key fingerprint",
        ]  # fmt: skip
    return lines


_INNOCENT = """
FATAL:  password authentication failed for user "app"
Access denied for user 'root'@'10.0.0.3' (using password: YES)
fe_sendauth: no password supplied
password: ********
password=${DB_PASSWORD}
password: {{ .Values.db.password }}
DB_PASSWORD=<redacted>
password = os.environ["DB_PASSWORD"]
password=self.password, host=self.host
Password must be at least 12 characters long
wrong password: try again
invalid password: must contain a digit
password is required
passwordless login enabled
password_file=/run/secrets/db
POSTGRES_PASSWORD_FILE=/run/secrets/postgres
secretName: db-credentials
secret "db-credentials" not found
MountVolume.SetUp failed for volume "tls": secret "api-tls-2026" not found
secret/db-creds created
secrets: 12 loaded
max_tokens=4096 prompt_tokens=1523 completion_tokens=88
tokens: 150000
SyntaxError: Unexpected token < in JSON at position 0
Unexpected token: punc (})
unexpected token: identifier2
token expired
token: expired at 2026-03-01T08:00:00Z
invalid token: signature mismatch
next_page_token=CAoQAA1234567890
nextPageToken: "CAoQAA1234567890abc"
continuation_token=eyJhYmMiOjEyM30
token_type=bearer expires_in=3600
token_url=https://auth.example/oauth/token
tokenizer=gpt2-medium-355m
cancellation token: was triggered after 30s
primary key: order_id
duplicate key value violates unique constraint "orders_pkey"
Duplicate entry '8812' for key 'orders.PRIMARY'
foreign key constraint fails
KeyError: 'customer_id'
cache_key=products:list:v2:page3
routing_key=orders.created.v1
partition key: customer-1234
idempotency-key: 8812-2026-03
public_key=ed25519
key=value
keyspace=shop2026
keepalive=75s
author=jdoe42
authority: api.example.com
oauth2 handshake took 12ms
auth=plain
auth: 401 Unauthorized
authentication=scram-sha-256
authorization: denied by policy 12
Authorization header missing
Authorization: Bearer ${TOKEN}
Authorization: Bearer <token>
Authorization: ***
bearer token is missing
Bearer authentication required
Basic authentication required
basic checks passed in 12ms
cookie not set
Cookie: disabled
Set-Cookie header too large: 8192 bytes
credentials: default provider chain
credential expired at 2026-03-01
bypass=true
pass=12 fail=0 skip=3
tests pass: 512ms
compass=north2north
pwd=/home/runner/work
PWD=/builds/team/app2
OLDPWD=/root
http://localhost:8080/health
http://api.example:8080/users/me@example.com
jdbc:postgresql://db.internal:5432/shop?sslmode=require
redis://cache-01.internal:6379/0
amqp://guest:***@mq:5672/
git@github.com:team/app.git
https://user@git.example/team/app.git
user admin@example.com logged in
ssh root@10.0.0.4 -p 2222
mysql -h db -u root --port=3306 shop
docker run -p 8080:8080 nginx
login failed for bot from 10.0.0.9
curl -sS -u https://x.example
AKIA prefix is not a key
ASIAPACIFIC region EMEASOUTHAMERICA
sk-learn 1.5.0 and sk-image
SKIPPED test_orders
npm_config_cache=/root/.npm
npm_lifecycle_event=postinstall
hf_transfer enabled
pypi-server listening
ghp and gho are prefixes
xoxo from the team
eyJ starts many tokens
glpat- prefix required
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0 deploy@host
sess=open id=42
session_id=42
sessionid mismatch
X-Request-Id: 7f1b2c3d4e5f
x-amz-request-id: 0A1B2C3D4E5F6789
Signature mismatch for request
signature=sha256
build-us1 and eu-west-us2
version=1.2.3-rc.1+build.77
checksum: 3735928559
0x7fff5fbff8c0 in malloc
com.example.auth.TokenService.verify(TokenService.java:88)
at PasswordEncoder.encode (auth.js:12:34)
def check_password(password, hashed): return False
assert password == expected_password
kubectl create secret generic db --from-literal=user=app
api_key is missing
api key not configured: set API_KEY
apiVersion: v1
access_key_id is empty
private key /etc/ssl/private/server.key not readable
ssl_key=/etc/nginx/ssl/site.key
ssl.keystore.password=null
license_key=required
--- PASS: TestEventDrivenHandoffIntegration2 (1.31s)
PASS: src/api/client2.test.ts
> Task :credentials:generateTargetRuntimeDetails2
:cd getcwd(-1, -1) works with tab-local pwd: 0.68 ms OK
Skipping AppWindowToken{df0798e token=Token{78af589 ActivityRecord{3b04890
Bad activity token: android.os.BinderProxy@2bd79ce
Could not get event name for stream/token: com.apple.xpc.activity/4505: 132
export sonatypePassword=[secure]
"""


def _of(rng: random.Random, alphabet: str, length: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(length))


def _mixed(rng: random.Random, length: int) -> str:
    return _of(rng, ALNUM, length - 2) + "k7"


def _basic(rng: random.Random) -> str:
    return base64.b64encode(f"robot:{_of(rng, ALNUM, 13)}".encode()).decode()


def _jwt(rng: random.Random) -> str:
    return "ey" + "JhbGciOiJIUzI1NiJ9." + "ey" + "J" + _of(rng, ALNUM, 60) + "." + _of(rng, ALNUM + "_-", 42) + "k"


def _framed(frame: str, template: str, message: str) -> str:
    if frame == "json":
        escaped = message.replace("\\", "\\\\").replace('"', '\\"')
        return template.format(f'"{escaped}"')
    return template.format(message)
