# ruff: noqa: E501 - log lines are as long as programs write them
"""A certificate nobody could renew expires at 10:00 UTC sharp, and every client of auth stops trusting it.

cert-manager has failed to renew auth's certificate since its issuer was renamed three weeks ago; it says so every few
hours, in words that sound routine. At 2026-06-09 10:00:00 UTC the old certificate ends. gateway, billing and reports
each refuse it in their own language; users cannot log in. A new certificate is issued by hand at 10:37.

Misleading on purpose: a host steps its clock by 0.9 s in the morning, port scanners cause handshake errors all day,
and gateway is loud because it stands in front.
"""

from datetime import datetime

from generator import formats as f
from generator.scene import Scene, ms, seconds, utc

START = utc("2026-06-09 09:24:00")
EXPIRED = utc("2026-06-09 10:00:00")
FIXED = utc("2026-06-09 10:37:12")
END = utc("2026-06-09 10:52:00")

JAVA_TRACE = """org.springframework.web.client.ResourceAccessException: I/O error on POST request for "https://auth.prod.svc:8443/oauth/introspect": PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed
\tat org.springframework.web.client.RestTemplate.createResourceAccessException(RestTemplate.java:905)
\tat com.shop.billing.security.TokenCheck.introspect(TokenCheck.java:57)
\tat com.shop.billing.api.InvoiceController.list(InvoiceController.java:44)
Caused by: javax.net.ssl.SSLHandshakeException: PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed
\tat java.base/sun.security.ssl.Alert.createSSLException(Alert.java:131)
\tat java.base/sun.security.ssl.CertificateMessage$T13CertificateConsumer.onConsumeCertificate(CertificateMessage.java:1145)
\t... 24 common frames omitted
Caused by: java.security.cert.CertificateExpiredException: NotAfter: Tue Jun 09 10:00:00 UTC 2026
\tat java.base/sun.security.x509.CertificateValidity.valid(CertificateValidity.java:277)
\t... 31 common frames omitted"""

PYTHON_TRACE = """Traceback (most recent call last):
  File "/usr/local/lib/python3.12/site-packages/urllib3/connectionpool.py", line 466, in _make_request
    self._validate_conn(conn)
  File "/usr/local/lib/python3.12/ssl.py", line 1042, in do_handshake
    self._sslobj.do_handshake()
ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1000)

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/reports/reports/session.py", line 40, in service_token
    reply = self._http.post("https://auth.prod.svc:8443/oauth/token", data=self._grant, timeout=5)
  File "/usr/local/lib/python3.12/site-packages/requests/adapters.py", line 698, in send
    raise SSLError(e, request=request)
requests.exceptions.SSLError: HTTPSConnectionPool(host='auth.prod.svc', port=8443): Max retries exceeded with url: /oauth/token (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1000)')))"""


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("expired-tls-certificate")
    _cert_manager(scene)
    _gateway(scene)
    _billing(scene)
    _reports(scene)
    _auth(scene)
    _host(scene)
    return scene


def _broken(at: datetime) -> bool:
    return EXPIRED <= at < FIXED + seconds(9)


def _cert_manager(scene: Scene) -> None:
    log = scene.log("cert-manager/controller.log")

    def say(at: datetime, severity: str, place: str, text: str) -> None:
        log.add(at, f"{severity}{at:%m%d %H:%M:%S}.{at.microsecond:06d}       1 {place}] {text}")

    for at in scene.ticks(utc("2026-06-08 22:10:31.204"), FIXED, 5400):
        at += ms(scene.between(0, 900))
        say(
            at,
            "I",
            "trigger_controller.go:194",
            '"Certificate must be re-issued" logger="cert-manager.certificates-trigger" key="prod/auth-tls" reason="Renewing" message="Renewing certificate as renewal was scheduled at 2026-05-20 10:00:00 +0000 UTC"',
        )
        say(
            at + ms(41),
            "E",
            "sync.go:190",
            '"re-queuing item due to error processing" err="clusterissuer.cert-manager.io \\"internal-ca\\" not found" logger="cert-manager.certificaterequests-issuer-ca" key="prod/auth-tls-7"',
        )
    for at in scene.ticks(utc("2026-06-08 22:02:11.010"), END, 3600):
        name = scene.pick(("search-tls", "billing-tls", "web-tls", "grafana-tls"))
        say(
            at,
            "I",
            "controller.go:162",
            f'"re-checked certificate" logger="cert-manager.certificates-readiness" key="prod/{name}" ready=true',
        )
    say(
        FIXED - seconds(4),
        "I",
        "trigger_controller.go:194",
        '"Certificate must be re-issued" logger="cert-manager.certificates-trigger" key="prod/auth-tls" reason="IncorrectIssuer" message="Issuing certificate as Secret was previously issued by \\"ClusterIssuer.cert-manager.io/internal-ca\\""',
    )
    say(
        FIXED,
        "I",
        "issuing_controller.go:248",
        '"The certificate has been successfully issued" logger="cert-manager.certificates-issuing" key="prod/auth-tls" issuer="internal-ca-2026" not_after="2026-09-07 10:37:11 +0000 UTC"',
    )


def _gateway(scene: Scene) -> None:
    log = scene.log("gateway/gateway.log")
    for at in scene.arrivals(START, END, 9_000):
        path = scene.pick(("/login", "/api/invoices", "/api/cart", "/api/search", "/api/profile", "/healthz"))
        fields = {"method": "GET", "path": path, "trace": scene.hex(16)}
        if path in ("/login", "/api/invoices", "/api/profile") and _broken(at):
            now = f.stamp(at, fraction=False)
            error = (
                'Post "https://auth.prod.svc:8443/oauth/introspect": tls: failed to verify certificate: x509: certificate '
                f"has expired or is not yet valid: current time {now} is after 2026-06-09T10:00:00Z"
            )
            log.add(at, f.logfmt(at, "error", "token check failed", **fields, upstream="auth", status=502, error=error))
        else:
            log.add(at, f.logfmt(at, "info", "request", **fields, status=200, took_ms=scene.latency(38)))
    first = EXPIRED + ms(2318)
    error = (
        'Post "https://auth.prod.svc:8443/oauth/introspect": tls: failed to verify certificate: x509: certificate has '
        "expired or is not yet valid: current time 2026-06-09T10:00:02Z is after 2026-06-09T10:00:00Z"
    )
    fields = {"method": "POST", "path": "/login", "trace": scene.hex(16)}
    log.add(first, f.logfmt(first, "error", "token check failed", **fields, upstream="auth", status=502, error=error))
    for at in scene.arrivals(START, END, 340_000):
        text = "http: TLS handshake error"
        client = f"198.51.100.{scene.between(2, 250)}:{scene.between(20_000, 60_000)}"
        error = scene.pick(
            (
                "tls: client offered only unsupported versions: [301]",
                "EOF",
                "tls: first record does not look like a TLS handshake",
            )
        )
        log.add(at, f.logfmt(at, "warn", text, client=client, error=error))


def _billing(scene: Scene) -> None:
    log = scene.log("billing/billing.log")
    for at in scene.arrivals(START, END, 27_000):
        thread = f"http-nio-8080-exec-{scene.between(1, 20)}"
        customer = scene.between(1000, 9999)
        if _broken(at) and at > EXPIRED + seconds(6):
            text = f"token of customer {customer} could not be checked, answering 503"
            log.add(at, f.logback(at, "ERROR", thread, "c.s.billing.security.TokenCheck", text, JAVA_TRACE))
        else:
            text = f"{scene.between(0, 30)} invoices of customer {customer} listed in {scene.latency(55)} ms"
            log.add(at, f.logback(at, "INFO", thread, "c.s.billing.api.InvoiceController", text))
    at = utc("2026-06-09 09:51:20.640")
    text = "invoice 88213 has no postal address, sent by mail only"
    log.add(at, f.logback(at, "WARN", "scheduling-1", "c.s.billing.Dispatch", text))


def _reports(scene: Scene) -> None:
    log = scene.log("reports/reports.log")
    for at in scene.ticks(START + seconds(40), END, 90):
        if _broken(at):
            log.add(
                at, f.python_log(at, "ERROR", "reports.session", "no service token, report postponed", PYTHON_TRACE)
            )
        else:
            text = f"report turnover_{at:%H%M} written, {scene.between(900, 4000)} rows in {scene.latency(1400)} ms"
            log.add(at, f.python_log(at, "INFO", "reports.run", text))


def _auth(scene: Scene) -> None:
    log = scene.log("auth/auth.log")
    for at in scene.arrivals(START, END, 8_000):
        client = scene.pick(("gateway", "billing", "reports"))
        fields = {"client": client, "request_id": scene.hex(12)}
        if _broken(at):
            peer = scene.pick(("10.8.1.14", "10.8.1.19", "10.8.3.7"))
            text = "TLS handshake failed: remote error: tls: bad certificate"
            if scene.chance(50):
                log.add(at, f.json_line(at, "warn", "auth", text, peer=peer, listener=":8443"))
        else:
            log.add(
                at, f.json_line(at, "info", "auth", "token checked", **fields, valid=True, took_ms=scene.latency(6))
            )
    for at in scene.arrivals(START, EXPIRED, 240_000):
        text = "login refused: wrong password"
        log.add(
            at,
            f.json_line(at, "warn", "auth", text, user=f"u{scene.between(1000, 9999)}", attempts=scene.between(1, 3)),
        )
    at = FIXED + seconds(8)
    log.add(
        at, f.json_line(at, "info", "auth", "certificate reloaded", not_after="2026-09-07T10:37:11Z", listener=":8443")
    )


def _host(scene: Scene) -> None:
    log = scene.log("node-a2/syslog")
    at = utc("2026-06-09 09:31:44")
    log.add(at, f.syslog(at, "node-a2", "chronyd[688]", "System clock wrong by 0.913442 seconds, adjustment started"))
    log.add(
        at + seconds(1),
        f.syslog(at + seconds(1), "node-a2", "chronyd[688]", "System clock was stepped by 0.913442 seconds"),
    )
    for at in scene.arrivals(START, END, 90_000):
        process, text = scene.pick(
            (
                ("systemd[1]", "Started Session of user root."),
                ("kubelet[1290]", "I0609 pod_workers.go:1298] volume mounted for pod reports-cron"),
                ("CRON[4417]", "(root) CMD (/usr/local/sbin/rotate-audit)"),
                ("containerd[990]", "time=2026-06-09 level=info msg=RemoveContainer returns successfully"),
            )
        )
        log.add(at, f.syslog(at, "node-a2", process, text))
