"""What names its fault outright, whatever else the line speaks of: tried before what may be used up, gone or wrong."""

from responder.incident import Category
from responder.patterns import lazy
from responder.triage.vocabulary.phrase import Phrase

__all__ = ["OUTRIGHT"]

_SETTING = (
    r"(?:environment variables?|env(?:ironment)? vars?|variables?|settings?|options?|config(?:uration)?(?: \w{2,12})?"
    r"|parameters?|propert(?:y|ies)|arguments?|flags?|keys?|directives?|inputs?|fields?|values?)"
)
_GOOD = r"(?:true|false|bool(?:ean)?|int(?:eger)?|number|string|list|array|map|object|duration|url|uri|date|port)"

OUTRIGHT: tuple[Phrase, ...] = (
    Phrase(
        Category.DISK,
        ("no space", "enospc", "not enough space", "disk", "free space", "disc"),
        lazy(
            r"\bno space left|\bfree (?:disk )?space (?:\w{1,20} )?remaining|\benospc\b"
            r"|\bnot enough (?:\w{1,20} )?space|\bdisk (?:is |was |space |usage )?(?:is )?(?:full|low|exhausted"
            r"|quota exceeded)"
            r"|(?:\bout of|\bno free|\binsufficient|\blow(?: on)?) (?:free )?(?:disk|storage) space|disk quota"
            r"|free space (?:in|on)"
        ),
    ),
    Phrase(
        Category.CONNECTIONS,
        ("connection", "clients", "sessions"),
        lazy(
            r"\b(?:acquir\w{1,3}|obtain\w{0,3}|borrow\w{0,3}|get(?:ting)?|check(?:ing)? ?out) (?:an? "
            r"|the )?(?:\w{1,20} )?connections?\b.{0,60}\bpool"
            r"|\bconnection is not available, request|\bconnection pool\b.{0,60}\b(?:exhausted|timed? ?out|full"
            r"|empty|limit)"
            r"|\btoo many (?:\w{1,20} )?(?:connections|clients|sessions)\b|\bconnection slots\b"
        ),
    ),
    Phrase(
        Category.DEPLOYMENT_ADMISSION,
        ("admission", "podsecurity", "pod security", "denied the request"),
        lazy(r"admission (?:webhook|controller|policy|plugin)|violates pod ?security|denied the request"),
    ),
    Phrase(
        Category.DEPLOYMENT_SCHEDULING,
        ("schedul", "no valid host", "eligible", "suitable", "nodes are available", "placement", "not enough hosts"),
        lazy(
            r"\bfailed ?(?:to )?(?:re)?schedul\w{1,3}\b|\bunschedulable\b|\bcannot be scheduled\b"
            r"|could not be scheduled"
            r"|\bno valid host\b|\bno (?:eligible|suitable) (?:nodes?|hosts?|agents?|workers?|machines?|clients?)\b"
            r"|\b0/\d{1,6} nodes are available|not enough hosts|\bplacement fail\w{2,4}"
        ),
    ),
    Phrase(
        Category.DEPLOYMENT_IMAGE,
        ("image", "manifest", "pull access"),
        lazy(
            r"\berr image ?pull|\bimage ?pull (?:back|err|fail)|\bpull ?(?:ing )?(?:the )?image\b.{0,80}\b(?:fail"
            r"|error|denied|not found)"
            r"|failed to pull (?:the )?(?:container )?image|manifest (?:unknown|for .{1,200} not found)"
            r"|no matching manifest|pull access denied|\bimage\b.{0,160}\b(?:not found|does not exist|no such)"
            r"|no such image|unable to find image"
        ),
    ),
    Phrase(
        Category.DEPLOYMENT_PROBE,
        ("probe", "health check", "healthcheck"),
        lazy(r"\b(?:readiness|liveness|startup) (?:probe|check)\b.{0,80}\b(?:fail|error|timeout|unhealthy)"),
    ),
    Phrase(
        Category.CI_RUNNER,
        ("runner", "agent", "spot ", "preempt", "executor", "build node", "build machine"),
        lazy(
            r"\b(?:ci |build |self.hosted |github |gitlab )?(?:runner|agent|build (?:node|machine|host))\b.{0,40}\b"
            r"(?:(?:was |is |went |has |gone )?(?:lost|disconnected|offline|terminated|evicted|preempted)"
            r"|shut(?:ting)? down"
            r"|stopped responding|went away|not responding|lost communication)"
            r"|\blost (?:connection|communication|contact) (?:to|with) (?:the )?(?:\w{1,20} )?(?:runner|agent)\b"
            r"|\bspot (?:instance )?(?:interruption|termination|reclaim)|\b(?:instance|machine|vm"
            r"|worker) (?:was )?preempted"
        ),
    ),
    Phrase(
        Category.CODE_EXCEPTION,
        ("panic", "segfault", "segmentation", "sigsegv", "core dumped", "nil pointer", "null pointer", "unhandled",
         "uncaught", "fatal exception", "null object", "out of bounds", "out of range", "cannot read prop",
         "is not a function", "stack overflow", "by zero", "null reference", "recursion", "nonetype", "none type"),
        lazy(
            r"\b(?<!kernel )panic(?:ked)?(?: at\b|: )(?!not syncing)|\bsegfault\b|segmentation (?:fault|violation)"
            r"|\bsigsegv\b"
            r"|core dumped|\bnil pointer|\bnull (?:pointer|reference|object reference)"
            r"|\b(?:unhandled|uncaught) (?:\w{1,30} )?(?:exception|error|rejection)|\bfatal exception\b"
            r"|\b(?:index|slice|array|subscript|string)\b.{0,60}\bout of (?:bounds|range)"
            r"|cannot read propert|is not a function|\bstack overflow|\b(?:divi\w{2,4}|modulo) by zero"
            r"|\brecursion (?:depth|limit|error)|'?none ?type'? object"
        ),
    ),
    Phrase(
        Category.CONFIGURATION_MISMATCH,
        ("in use", "eaddrinuse", "already allocated", "already bound", "exec format", "read-only file",
         "readonly file"),
        lazy(
            r"\baddress (?:is )?already in use|\beaddrinuse\b|\bport\b.{0,40}\b(?:(?:already )?in use"
            r"|already (?:allocated|bound))"
            r"|\bexec format error|\bread.?only file ?system"
        ),
    ),
    Phrase(
        Category.QUOTA,
        ("quota", "rate limit", "rate exceeded", "too many requests", "toomanyrequests", "429", "throttl",
         "limit exceeded",
         "ratelimit", "limit reached", "request limit", "service limit", "capacity", "lease", "current limit",
         "usage limit", "tier", "trial", "monthly", "daily", "plan "),
        lazy(
            r"\b(?:storage|account|usage|billing|api|request|project|service|spending|pull|upload) (?:quota"
            r"|limit)\b|\b(?:free|trial|monthly|daily|plan) (?:tier )?(?:limit|quota|allowance)"
            r"|\brate ?limit\w{0,4}|\brate exceeded|too ?many ?requests|\b(?:status|code|http|error)\W{0,3}429\b"
            r"|\b429 too"
            r"|\bthrottl(?:ed|ing)\b(?!.{0,40}\bcpu)(?<!container throttled)(?<!cpu throttled)(?<!cpu throttling)"
            r"|\bquota\b.{0,60}\b(?:exceed|reach|hit|exhaust)"
            r"|\b(?:exceed\w{0,3}|over|reached|hit) (?:\w{1,20} ){0,3}(?<!disk )quota\b|\b(?:vcpu|instance|address"
            r"|resource)s? limit exceeded"
            r"|\b(?:insufficient|not enough|sufficient) (?:\w{1,20} )?capacity\b|\bno free leases\b|current limit"
        ),
    ),
    Phrase(
        Category.CERTIFICATE,
        ("cert", "x509", "svid", "provisioning", "signing"),
        lazy(
            r"\b(?:certificates?|certs?|x509\w{0,8}|svid)\b.{0,80}"
            r"\b(?:expired?s?|invalid|not (?:yet )?valid|no longer valid|untrusted|unknown|revoked|rejected"
            r"|renew\w{0,4})"
            r"|\bexpired (?:\w{1,20} )?cert|\b(?:provisioning|signing) (?:profile|identity"
            r"|key)\b.{0,60}\b(?:expired?|invalid|not valid|revoked)"
        ),
    ),
    Phrase(
        Category.TLS,
        ("tls", "ssl", "x509", "pkix", "self signed", "self-signed", "certificat", "handshake"),
        lazy(
            r"\b(?:tls|ssl)\b.{0,60}\b(?:handshake|alert|failed|error|protocol|wrong version)|\bpkix path"
            r"|\bself.signed cert"
            r"|\bx509: |certificate verify failed|\bcertificate\b.{0,60}\b(?:not trusted|verification failed"
            r"|does not match)"
            r"|unable to (?:get local issuer|verify the first)|certificate subject|handshake fail"
        ),
    ),
    Phrase(
        Category.SECRET,
        ("secret", "decrypt", "vault"),
        lazy(
            r"\b(?:secrets?|vault)\b.{0,80}\b(?:not found|missing|does not exist|not exist|sealed|no such"
            r"|could not be read)"
            r"|\b(?:unable|failed|cannot|could not|can't) (?:to )?decrypt|decryption (?:failed|error)"
            r"|\bno secret (?:key|named)"
            r"|\bmissing secrets?\b"
        ),
    ),
    Phrase(
        Category.CONFIGURATION_MISSING,
        ("missing", "not set", "unset", "undefined", "required", "must be set", "not supplied", "not provided",
         "must be specified",
         "must be provided", "must set", "not defined", "must be defined", "is empty", "no value"),
        lazy(
            r"\bmissing (?:a |the )?(?:required|mandatory|necessary) (?:\w{1,20} )?" + _SETTING + r"\b"
            r"|\bmissing (?:config|configuration|environment|env)\b"
            r"|\b(?:required|mandatory) (?:\w{1,20} )?" + _SETTING + r"\b.{0,100}\b"
            r"(?:missing|not (?:set|supplied|provided|found|defined|specified|present)|unset|empty|absent)"
            r"|\b(?:environment variables?|env vars?|settings?|config\w{0,12}|propert(?:y|ies)|secret key|option"
            r"|input)\b.{0,80}\b"
            r"(?:(?:is|are|was|were) (?:missing|unset|empty|required|undefined|blank)"
            r"|(?:(?:is|are|was|were) )?not (?:set|supplied|provided|defined|specified|configured)\b"
            r"|must be (?:set|specified|provided|defined))"
            r"|\bmust be set\b|\bis (?:not set|unset)\b"
            r"|\binput required and not supplied|\bmust be (?:set|specified|provided|defined) (?:in|via|with|by|as"
            r"|through|when|to use)"
            r"|\bno value (?:for|given|provided|supplied|set)\b"
        ),
    ),
    Phrase(
        Category.AUTHENTICATION,
        ("auth", "login", "log in", "logon", "credential", "password", "token", "api key", "401", "signature",
         "wrongpass",
         "logged in", "user", "host key", "kerberos", "psk", "mac mismatch"),
        lazy(
            r"\b(?:authenticat\w{2,6}|unauthenticated|unauthorized|login|log in|logon|credentials?|password|token"
            r"|api key)\b"
            r".{0,60}\b(?:fail\w{0,4}|refused|denied|invalid|expired|rejected|incorrect|wrong|required|missing|bad"
            r"|error"
            r"|revoked|mismatch|not (?:valid|accepted|recognized|found))"
            r"|\b(?:invalid|bad|wrong|expired|incorrect|missing|revoked|no valid|failed|unknown) (?:\w{1,20} ){0,2}"
            r"(?:credentials?|password|token|signature|api key|authentication|login|username|user ?name)\b"
            r"|\b401\b|\bunauthenticated\b|\bunauthorized\b|\bnot logged in\b|could not read username|\bwrongpass\b"
            r"|access denied for user|host key verification|\bsignature\b.{0,40}\b(?:mismatch|does not match"
            r"|we calculated)|\bpre.shared key\b"
        ),
    ),
    Phrase(
        Category.AUTHORIZATION,
        ("authoriz", "authoris", "permit", "forbidden", "denied", "403", "privilege", "permission", "eacces", "eperm",
         "not allowed", "licen"),
        lazy(
            r"not (?:authori[sz]ed|permitted)|forbidden|access (?:is |was )?denied|\b403\b|privileges?\b"
            r"|\beacces\b|\beperm\b"
            r"|permissions? (?:\w{1,20} )?(?:denied|missing|required)|access control"
            r"|(?:lacks?|insufficient|without|missing|no|have|requires?|needs?|not) (?:\S{1,40} ){0,2}permissions?\b"
            r"|does not have (?:\w{1,20} ){0,3}(?:authorization|access|rights?|privilege)|\bauthori[sz]ation ?failed"
            r"|\bnot allowed to\b|apparmor=\"?denied|avc: {1,2}denied"
            r"|\blicen[sc]es?\b.{0,60}\b(?:expired|invalid|not found|missing|exceeded|required)"
            r"|\bno (?:valid )?(?:\w{1,20} ){0,3}licen[sc]e"
        ),
    ),
    Phrase(
        Category.CONFIGURATION_INVALID,
        ("invalid", "expected", "unknown", "unrecogni", "unsupported", "must be", "config", "yaml", "toml", "json",
         "unmarshal",
         "not a valid", "malformed", "setting", "manifest", "directive"),
        lazy(
            r"\binvalid (?:\w{1,20} )?" + _SETTING + r"\b(?!.{0,20}\bcolumn)|\bis invalid: |\bis not a valid\b"
            r"|\b(?:unknown|unrecogni[sz]ed|unsupported|unexpected|undefined) (?:\w{1,20} )?"
            r"(?:config\w{0,12}|settings?|options?|directives?|parameters?|flags?|arguments?|keywords?"
            r"|instructions?|keys?|propert(?:y|ies)|keyword)\b"
            r"|\bexpected (?:an? |type )?" + _GOOD + r"\b.{0,40}\b(?:got|found|but|received)"
            r"|: expected an? " + _GOOD + r"\b"
            r"|\bmust be (?:one of|(?:less|greater|larger|smaller|lower|higher) than|between|an? (?:positive|valid"
            r"|number|boolean|string|integer)|at (?:least|most)|in (?:the )?range|unique)"
            r"|\b(?:config\w{0,12}|settings?|yaml|toml|json|ini|manifest)\b.{0,80}\b(?:invalid|malformed|not valid"
            r"|syntax error|parse error|unparsable|validation|incorrect|bad)\b"
            r"|\b(?:failed|unable|cannot|could not|error|can't|fail) (?:to )?(?:pars(?:e|ing)|load(?:ing)?"
            r"|unmarshal\w{0,5}|decod(?:e|ing)|read(?:ing)?) (?:\S{1,40} ){0,3}"
            r"(?:config\w{0,12}|settings?|yaml|toml|\S{1,80}\.(?:ya?ml|toml|ini|conf|cfg))\b"
            r"|\bcannot unmarshal|\bsyntax error in (?:config|/etc)"
        ),
    ),
)  # fmt: skip
"""What says so outright, whatever else the line speaks of: tried before what may be used up."""
