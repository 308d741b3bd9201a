"""What programs of every kind say of the same few faults, and what installers say of packages.

What is sure stands before what only says that something is late or does not answer.
"""

from responder.incident import Category
from responder.patterns import lazy
from responder.triage.vocabulary.phrase import Phrase

__all__ = ["OF_FAULTS", "OF_INSTALLERS"]

OF_INSTALLERS = Phrase(
    Category.DEPENDENCY_RESOLUTION,
    ("dependenc", "needed by", "version", "package", "lock file", "lockfile", "resolve", "artifact", "module",
     "unsatisf",
     "peer dep", "distribution", "import", "conflict", "requirement", "not found in", "frozen", "recipe", "formula"),
    lazy(
        r"\b(?:build|unmet|missing|unresolved|broken|conflicting|unsatisf\w{3,5}|circular|cyclic) dependenc(?:y"
        r"|ies)\b|\bis needed by\b"
        r"|\bno (?:matching |compatible |such |candidate )?(?:versions?|packages?|distributions?|artifacts?)\b"
        r"|\b(?:in)?compatible versions?\b|\bversion solving|\bunsatisfiable"
        r"|\block ?file\b.{0,80}\b(?:frozen|changes?|out.of.date|not up to date|up-to-date|outdated|mismatch"
        r"|out of sync|conflict|would (?:have been|be) (?:modified|updated)|needs? to be updated|inconsistent"
        r"|does not (?:match|satisfy))"
        r"|\b(?:could not|cannot|can't|unable to|failed to) (?:resolve|find|locate|install|satisfy) (?:a |an |any "
        r"|the |all )?(?:\S{1,40} ){0,2}"
        r"(?:dependenc\w{1,3}|packages?|modules?|artifacts?|requirements?|distribution|crate|gem|plugin|recipe"
        r"|librar\w{1,3}|versions?|target)\b"
        r"|\bfind a version that satisf|\bno module named|\bmodule not found|\bcannot find (?:module|package)"
        r"|\bno solution found|\bdependency (?:resolution|conflict|cycle|tree)\b"
        r"|\bpackage\b.{0,80}\b(?:not found|does not exist|is not (?:installed|available|in )|cannot be found"
        r"|has no installation candidate)|\bpeer dep"
        r"|\bnot found in (?:the |any )?(?:\w{1,20} )?(?:registry|registries|index|repositor\w{1,3}|remotes?"
        r"|channels?|sources?)"
        r"|\bdependenc(?:y|ies)\b.{0,80}\b(?:not found|could not be|cannot be|not satisfied|no suitable"
        r"|fail\w{0,4}|missing)"
    ),
)  # fmt: skip
"""Said by installers, and by programs that load what is installed."""

OF_FAULTS: tuple[Phrase, ...] = (
    Phrase(
        Category.DEPENDENCY_INCOMPATIBLE,
        ("version", "compatib", "requires"),
        lazy(
            r"\brequires \S{1,40}(?: \S{1,40})? v?\d[\w.]*(?: or (?:newer|later|higher|above|greater)|\+)"
            r"|\bversions? (?:mismatch|conflict|skew|incompatib)|\b(?:incompatible|unsupported|wrong|mismatched"
            r"|conflicting) (?:\S{1,30} ){0,3}versions?\b"
            r"|\bis (?:in|not )compatible with|\b(?:not|in)compatible (?:with|version)"
            r"|\bonly supports? (?:\S{1,30} ){0,4}version"
            r"|\bversion\b.{0,60}\b(?:is )?(?:not supported|unsupported|too (?:old|new)|is required|not compatible"
            r"|required by)"
            r"|\brequires? (?:\S{1,30} ){0,4}version|\bmore recent version\b|\bconflict between\b.{0,80}\d"
        ),
    ),
    Phrase(
        Category.MEMORY,
        ("oom", "memory", "killed", "heap", "137", "allocat", "signal 9"),
        lazy(
            r"\boom|\bcannot allocate memory|\bmemory ?error\b|\b(?:java )?heap space|\bmemory (?:limit"
            r"|cgroup)\b.{0,40}\b(?:exceed|reach|hit|out of)"
            r"|\bout ?of ?memory|\b(?:exit(?:ed)?|status|code)\b[ \w:(=]{0,24}\b137\b|\b\d{1,6} killed {2,}"
            r"|\bkilled signal\b"
            r"|\bmemory\b.{0,40}\bexhausted|\binsufficient memory|\bfailed to allocate \d|\bsignal 9\b"
            r"|\ballocation failed\b.{0,40}heap|\bunable to allocate"
        ),
    ),
    Phrase(
        Category.DATA_LOCK,
        ("deadlock", "lock", "another instance", "could not serialize", "already running"),
        lazy(
            r"\bdeadlock|\block(?:ed)?\b.{0,60}\b(?:held|already|timeout|wait|acquir|exists)|database is locked"
            r"|another (?:instance|process|operation) is (?:already )?(?:running|in progress)|could not serialize"
            r"|\b(?:acquir\w{1,3}|obtain\w{0,3}|get|getting|take) (?:\S{1,30} ){0,3}lock\b|\bis locked by\b"
            r"|still waiting for \w{0,20}lock"
        ),
    ),
    Phrase(
        Category.DATA_SCHEMA,
        ("column", "field", "table", "relation", "attribute", "mapping", "schema", "migration", "duplicate key",
         "constraint",
         "mapper"),
        lazy(
            r"\b(?:unknown|undefined|no such|missing|invalid) (?:field|column|table|relation|attribute|mapping)\b"
            r"|\b(?:field|column|table|relation)s?\b.{0,60}\b(?:does not exist|of type|type mismatch|not found"
            r"|doesn't exist|already exists)"
            r"|mapp(?:er|ing) \w{3,30} exception|\bschema\b.{0,40}\b(?:mismatch|version|validation|incompatib"
            r"|outdated|conflict)|\bincompatible schema"
            r"|\bmigrations?\b.{0,80}\b(?:fail\w{0,4}|mismatch|pending|not applied|checksum|missing"
            r"|conflict\w{0,4}|unapplied|out of order)"
            r"|\b(?:failed|pending|unapplied|missing) migrations?\b"
            r"|\bduplicate key|\bviolates (?:\S{1,20} ){0,2}constraint"
        ),
    ),
    Phrase(
        Category.DATA_CORRUPTION,
        ("corrupt", "checksum", "malformed", "bad magic", "inconsisten", "crc", "truncated", "crashed and should",
         "unrecoverable"),
        lazy(
            r"\bcorrupt\w{0,5}|checksum (?:error|mismatch|fail|verif|valid|does|did)|\b(?:bad|wrong"
            r"|invalid) checksum|malformed (?:page|block|record)|bad magic"
            r"|inconsisten\w{2,4}|\bcrc\b|\btruncated (?:file|record|page|block|archive)"
            r"|crashed and should be repaired"
            r"|\bmagic number\b"
        ),
    ),
    Phrase(
        Category.STORAGE,
        ("i/o error", "input/output", "fault", "degraded", "sector", "disk", "drive", "medium error", "volume", "mount",
         "file handle", "nvme", "raid", "erasure"),
        lazy(
            r"i/o error|input/output error|\bfaulted\b|\bdegraded\b|bad sector|medium error"
            r"|\bstale (?:nfs )?file handle"
            r"|\b(?:disk|drive|volume|nvme\w{0,6}|raid\w{0,3}|osd)s?\b.{0,60}\b(?:fail(?:ed|ure|ing)|faulty"
            r"|offline|missing|is down|removed|not detected|detached)"
            r"|\b(?:failed|unable) to (?:(?:un)?mount|attach)\b(?!.{0,40}\b(?:config ?map|secret))"
            r"|\bmount (?:failed|error)|\bmultipath\b.{0,40}fail|\bfailed ?(?:mount|attach ?volume)|drives online"
        ),
    ),
    Phrase(
        Category.NODE,
        ("node", "clock", "machine check", "mce", "hardware", "xid", "fallen off", "uncorrect", "ecc", "lockup",
         "kernel panic",
         "temperature", "thermal", "overheat", "power supply", "fan ", "watchdog", "blocked for more than",
         "not syncing", "reboot"),
        lazy(
            r"\bsystem clock|\bclock (?:is )?(?:wrong|skew|drift)|\bmachine check|\bhardware error"
            r"|\bfallen off the bus"
            r"|\buncorrect\w{1,5} (?:\w{1,20} )?(?:error|ecc|memory)|\b(?:soft|hard) lockup|\bkernel panic"
            r"|\bpanic - not syncing"
            r"|\bnodes?\b(?!\.js).{0,80}\b(?:not responding|not ready|set(?:ting)? (?:to )?down|marked (?:as )?down"
            r"|is down|went down|lost|dead|failed|unreachable|rebooted)\b"
            r"|\b(?:temperature|thermal|overheat\w{0,3})\b.{0,60}\b(?:critical|threshold|shutdown|exceed|above"
            r"|too high)|\b(?:power supply|fan)\b.{0,40}\bfail"
            r"|\bblocked for more than \d|\bunexpected (?:reboot|shutdown)|\bnot ?ready node"
        ),
        sure=False,
    ),
    Phrase(
        Category.CONTROL_PLANE,
        ("quorum", "leader", "master", "primary", "split", "apiserver", "api server", "lease"),
        lazy(
            r"\b(?:lost|no|without|loss of|not enough) (?:\w{1,20} )?(?:quorum|leader|master|primary)\b"
            r"|split.brain|quorum (?:is )?(?:lost|not)"
            r"|\bleader ?election (?:lost|failed)|\blost (?:the )?(?:leader|lease)|\b(?:elect"
            r"|find) (?:a )?(?:new )?leader\b.{0,30}\bfail"
        ),
    ),
    Phrase(
        Category.DNS,
        ("dns", "name resolution", "nxdomain", "servfail", "resolve", "unknown host", "name error", "no such host",
         "enotfound",
         "getaddrinfo", "eai again", "not known", "misbehaving", "bad address"),
        lazy(
            r"\bdns\b(?!sec)|name resolution|nxdomain|servfail|\bresolv(?:e|ing) (?:the )?(?:host|name|address"
            r"|proxy|domain)|unknown host"
            r"|name error\b(?<!name error: name)|no such host|enotfound|getaddrinfo|eai again|service not known"
            r"|server misbehaving|bad address '"
        ),
    ),
    Phrase(
        Category.ROUTING,
        ("route", "network is unreachable", "host unreachable", "enetunreach", "ehostunreach", "bgp", "ospf",
         "neighbor"),
        lazy(
            r"no route (?:to|found)|network is unreachable|host (?:is )?unreachable|enetunreach|ehostunreach"
            r"|\b(?:bgp|ospf|eigrp|is-is|bfd)\b.{0,120}\b(?:down|expired|lost|notification|reset|idle)"
            r"|\bneighbor\b.{0,60}\b(?:down|lost|hold time expired|dead)"
        ),
    ),
    Phrase(
        Category.CONNECTIVITY,
        ("connect", "unreachable", "broken pipe", "no response", "not respond", "dial ", "socket", "econn", "peer",
         "link",
         "carrier", "packet loss", "network", "tcp", "interface"),
        lazy(
            r"connection (?:was |has been )?(?:refused|reset|closed|lost|aborted|terminated|dropped|failed)"
            r"|unreachable|broken pipe"
            r"|not respond(?:ed|ing)|\bno response|\b(?:connect(?:ing|ion)?|dial|ssh)\b.{0,100}\b(?:timed? ?out"
            r"|timeout)\b"
            r"|\btime(?:d )?out (?:\w{1,12} ){0,3}connect(?:ing|ion)?\b|socket hang up|\beconn(?:reset|refused"
            r"|aborted)|reset by peer|closed by (?:the )?(?:remote|peer)"
            r"|\blink (?:is )?(?:not ready|down|failure|lost)|\b(?:lost|no) carrier\b|packet loss"
            r"|\bnetwork (?:error|failure|changed|is down)"
            r"|\binterface\b.{0,60}\bdown\b"
        ),
    ),
    OF_INSTALLERS,
    Phrase(
        Category.LATENCY,
        ("time", "deadline", "took too long", "stall", "slow", "lag"),
        lazy(r"\btimed?[ -]?out\b|deadline|took too long|\bstall(?:ed|s)?\b|\btoo slow\b|\b(?:replication"
        r"|consumer) lag\b"),
        sure=False,
    ),
    Phrase(
        Category.DEPENDENCY_UNAVAILABLE,
        ("unavailable", "not available", "server", "unhealthy", "is down", "not ready", "cannot connect", "not running",
         "circuit", "upstream", "bad gateway", "503", "502", "504", "connect"),
        lazy(
            r"unavailable|not available|no (?:\w{1,20} )?servers?\b|unhealthy|is down\b|not ready|cannot connect"
            r"|not running|circuit ?breaker\b.{0,60}\bopen|\bno (?:live|healthy) upstream|bad gateway|gateway time"
            r"|\b(?:status|code|http|returned|error)\W{0,3}50[234]\b|(?:could not|unable to|failed to|can't) connect"
        ),
        sure=False,
    ),
    Phrase(
        Category.CONFIGURATION_MISSING,
        ("no such file", "not found"),
        lazy(
            r"no such file or directory|\b(?:file|setting|option|key|directory|path|config\w{0,12}|variable"
            r"|executable|command|script|topic|namespace"
            r"|bucket|queue|stream|index|profile|user|role)\b.{0,60}\bnot found\b"
        ),
        sure=False,
    ),
)  # fmt: skip
"""Of running programs; of builds those that are sure."""
