"""What kind of fault the words of an error speak of, when no rule knows the line.

Every program complains in its own sentences, but of the same few things: something is used up, refused, absent, damaged
or late. The words that all of them use for these tell the kind of fault, and nothing more; what is read off them is a
guess at the category of a finding that is shown anyway, and makes no finding by itself.
"""

import re

from responder.incident import Category
from responder.patterns import lazy

__all__ = ["is_empty_phrase", "kind_of_build_words", "kind_of_words"]

_TEXT_LIMIT = 600
_PHRASE_LIMIT = 200
_JOINT = lazy(r"_|(?<=[a-z])(?=[A-Z])")
"""Where the names of errors are put together from words: `NO_LOGON_SERVERS`, `NoResourceAvailableException`."""
_SPENT = lazy(
    r"\b(?:exhausted|exceed(?:s|ed|ing)?|full|used up|out of|no (?:free|more)|not enough|insufficient|too many|maximum"
    r"|no (?:resources?|capacity|room|workers?) available|limit|overflow\w{0,4}|running low|saturated|throttl\w{2,4}"
    r"|capacity|quota|backlog)\b"
)
_SUPPLIES = (
    (Category.DISK, lazy(r"\b(?:disks?|file ?system|volume|osd|storage|tablespace|inodes?|space)\b")),
    (Category.FILE_DESCRIPTORS, lazy(r"\b(?:file ?descriptors?|open files|fds?|handles)\b")),
    (Category.MEMORY, lazy(r"\b(?:memory|heap|ram|swap)\b")),
    (Category.THREADS, lazy(r"\b(?:threads?|workers?|process limit|processes|goroutines)\b")),
    (Category.CONNECTIONS, lazy(r"\b(?:connections?|clients|sessions|sockets|slots|pool)\b")),
    (Category.QUOTA, lazy(r"\b(?:quota|leases?|queue|shards?|values|resources?|request rate)\b")),
)
"""What is used up, where a line speaks of something used up."""
_ALLOWANCE = lazy(r"\b(?:storage|account|usage|billing|api|request) quota\b")
"""What a provider grants; a disk's own quota is room on it."""
_KINDS = (
    (Category.MEMORY, lazy(r"\boom\b|cannot allocate memory")),
    (
        Category.DNS,
        lazy(r"\bdns\b|name resolution|nxdomain|servfail|resolve (?:host|the name)|unknown host|name error"),
    ),
    (
        Category.CERTIFICATE,
        lazy(
            r"\b(?:certificates?|certs?|x509\w{0,8}|svid)\b.{0,80}"
            r"\b(?:expired|invalid|not valid|untrusted|unknown|revoked|rejected)"
        ),
    ),
    (Category.TLS, lazy(r"\b(?:tls|ssl)\b.{0,60}\b(?:handshake|alert|failed|error|protocol)")),
    (
        Category.AUTHENTICATION,
        lazy(
            r"\b(?:authenticat\w{2,6}|unauthenticated|unauthorized|login|log in|credentials?|password|token|api key)\b"
            r".{0,60}\b(?:fail\w{0,4}|refused|denied|invalid|expired|rejected|incorrect|wrong|required|missing|bad|error)"
            r"|\b(?:invalid|bad|wrong|expired|incorrect|missing) (?:\w{1,20} )?"
            r"(?:credentials?|password|token|signature)\b"
            r"|\b401\b|invalid api key"
        ),
    ),
    (
        Category.AUTHORIZATION,
        lazy(
            r"not (?:authorized|permitted)|forbidden|access denied|\b403\b|privileges?\b"
            r"|permissions? (?:denied|missing)|(?:lacks?|insufficient|without|missing) (?:\w{1,20} )?permissions?"
        ),
    ),
    (
        Category.DATA_LOCK,
        lazy(
            r"\bdeadlock|\block(?:ed)?\b.{0,60}\b(?:held|already|timeout|wait|acquire)|database is locked"
            r"|another instance is running"
        ),
    ),
    (
        Category.DATA_SCHEMA,
        lazy(
            r"\b(?:unknown|undefined|no such|missing|invalid) (?:field|column|table|relation|attribute|mapping)\b"
            r"|\b(?:field|column|table|relation)s?\b.{0,60}\b(?:does not exist|of type|type mismatch|not found)"
            r"|mapp(?:er|ing) \w{3,30} exception|schema (?:mismatch|version|validation)"
        ),
    ),
    (
        Category.DATA_CORRUPTION,
        lazy(r"\bcorrupt\w{0,5}|checksum|malformed (?:page|block|record)|bad magic|inconsisten\w{2,4}|\bcrc\b"),
    ),
    (
        Category.STORAGE,
        lazy(r"i/o error|input/output error|\bfaulted\b|\bdegraded\b|bad sector|disk fail\w{2,4}|medium error"),
    ),
    (
        Category.CONTROL_PLANE,
        lazy(r"\b(?:lost|no|without|loss of) (?:quorum|leader|master|primary)\b|split.brain|quorum (?:is )?lost"),
    ),
    (Category.QUOTA, lazy(r"\bquota\b|rate limit\w{0,4}|too many requests")),
    (Category.ROUTING, lazy(r"no route to host|network is unreachable|host unreachable")),
    (Category.LATENCY, lazy(r"\btimed?[ -]?out\b|deadline|took too long|\bstall(?:ed|s)?\b")),
    (
        Category.CONNECTIVITY,
        lazy(
            r"connection (?:was )?(?:refused|reset|closed|lost|aborted)|unreachable|broken pipe|\bno response"
            r"|not respond(?:ed|ing)"
        ),
    ),
    (
        Category.DEPENDENCY_UNAVAILABLE,
        lazy(
            r"unavailable|not available|no (?:\w{1,20} )?servers?\b|unhealthy|is down\b|not ready|cannot connect"
            r"|not running"
        ),
    ),
    (Category.CONFIGURATION_MISSING, lazy(r"no such file or directory|\b(?:file|setting|option|key) not found\b")),
    (Category.NODE, lazy(r"system clock|clock (?:is )?(?:wrong|skew|drift)|machine check|hardware error")),
)
_SURE = frozenset(
    {
        Category.MEMORY,
        Category.DNS,
        Category.CERTIFICATE,
        Category.TLS,
        Category.AUTHENTICATION,
        Category.AUTHORIZATION,
        Category.DATA_LOCK,
        Category.DATA_CORRUPTION,
        Category.STORAGE,
        Category.QUOTA,
        Category.ROUTING,
        Category.CONNECTIVITY,
    }
)
"""Kinds that hardly anything else is put into the words of; also what stops a build from outside."""
_CODE_ERROR = lazy(
    r"\b(?:NoMethod|Type|Key|Index|Attribute|Name|Reference|Range|Argument|Value|Assertion|ZeroDivision|NoMatch)Error\b"
    r"|\b(?:NullPointer|NullReference|IndexOutOf\w{3,12}|ClassCast|Illegal\w{5,8}|InvalidOperation|Arithmetic)Exception\b"
)
"""Errors that a program makes by itself, whatever it is told or given."""
_COMPILER = lazy(
    r"(?i)\b(?:type (?:mismatch|error)|mismatched types|syntax error|parse error|unexpected token|undeclared"
    r"|not declared|undefined (?:local )?(?:variable|identifier|symbol|name|method|constant|function)"
    r"|not in scope|cannot find (?:symbol|type|name|module)"
    r"|unresolved (?:reference|import|identifier)|unbound (?:value|identifier)|does not compile)\b"
)
_PACKAGES = lazy(
    r"(?i)\b(?:build|unmet|missing|unresolved|broken|conflicting) dependenc(?:y|ies)\b|\bis needed by\b"
    r"|\bno (?:matching |compatible |such )?(?:version|package)s?\b|\b(?:in)?compatible versions?\b|\bversion conflict"
)
_MIGRATION = lazy(
    r"(?i)\b(?:database|schema|failed|pending|unapplied|missing) migrations?\b|\bmigrations? (?:\S{1,80} )?failed\b"
)
_TEST = lazy(r"(?i)\bfail(?:s|ed|ures?)? (?:in |of )?(?:\d+ )?tests?\b|\btests? (?:\S{1,120} )?fail(?:s|ed|ing|ure)?\b")
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "a an the of in on to out with was is has have been and or one more see above below for detail "
        "details error errors err fatal fail fails failed failing failure failures build test tests testing "
        "command commands assert assertion assertions step task job check checks checking process exit exits "
        "exited exiting status code returned script verification validation validated analysis compile "
        "compilation compiling run rerun running execution pass passed skipped ignored filtered measured "
        "result results total aborted aborting due previous unsuccessful completed finished warning warnings "
        "problem problems found make number occurred action target there were are took ms s file files log",
    )
)
_WORD = lazy(r"\w+")
_NO_LETTER = lazy(r"[\W\d_]+")
_MOST_LETTERS = 2


def kind_of_words(message: str, *, only_sure: bool = False) -> Category:
    """The kind of fault that an error's own words speak of; unknown when they are none of these.

    Args:
        message: The line, without what stands before the program's own words.
        only_sure: Leave out the kinds whose words are said of other things too, such as `not available`.
    """
    said = message[:_TEXT_LIMIT]
    text = _JOINT.sub(" ", said).lower()
    if _ALLOWANCE.search(text):
        return Category.QUOTA
    if _SPENT.search(text):
        for category, words in _SUPPLIES:
            if words.search(text):
                return category
    for category, words in _KINDS:
        if (not only_sure or category in _SURE) and words.search(text):
            return category
    return Category.CODE_EXCEPTION if _CODE_ERROR.search(said) else Category.UNKNOWN


def kind_of_build_words(message: str) -> Category:
    """The kind of fault that a build tool's own words speak of; unknown when the work of its step tells more."""
    if _COMPILER.search(message[:_TEXT_LIMIT]):
        return Category.CODE_COMPILE
    if _TEST.search(message[:_TEXT_LIMIT]):
        return Category.TEST_ASSERTION
    if _PACKAGES.search(message[:_TEXT_LIMIT]):
        return Category.DEPENDENCY_RESOLUTION
    if _MIGRATION.search(message[:_TEXT_LIMIT]):
        return Category.DATA_SCHEMA
    return kind_of_words(message, only_sure=True)


def is_empty_phrase(message: str) -> bool:
    """True for `Error: test failed` and its like, which say that something failed and not what."""
    if len(message) > _PHRASE_LIMIT:
        return False
    letters = 0
    for word in _WORD.findall(message.lower()):
        if word not in _EMPTY:
            letters += len(_NO_LETTER.sub("", word))
            if letters > _MOST_LETTERS:
                return False
    return True
