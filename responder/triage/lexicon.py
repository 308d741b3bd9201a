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
    r"|capacity|quota|backlog|all (?:\d+ )?(?:\w{1,20} )?(?:in use|busy|taken)|borrow"
    r"|greater than (?:the )?max\w{0,4})\b"
)
_SUPPLIES = (
    (Category.FILE_DESCRIPTORS, lazy(r"\b(?:file ?descriptors?|open files|fds?|handles|inotify|watches)\b")),
    (Category.MEMORY, lazy(r"\b(?:memory|heap|ram|swap)\b")),
    (Category.DISK, lazy(r"\b(?:disks?|file ?system|volume|osd|storage|tablespace|inodes?|space)\b")),
    (Category.CONNECTIONS, lazy(r"\b(?:connections?|clients|sessions|sockets|slots|pool)\b")),
    (Category.THREADS, lazy(r"\b(?:threads?|workers?|process limit|processes|goroutines|pids?)\b")),
    (Category.CPU, lazy(r"\bcpu\b")),
    (Category.QUOTA, lazy(r"\b(?:quota|leases?|queue|shards?|values|resources?|request rate|requests?)\b")),
)
"""What is used up, where a line speaks of something used up."""
_ALLOWANCE = lazy(r"\b(?:storage|account|usage|billing|api|request) quota\b")
"""What a provider grants; a disk's own quota is room on it."""
_CODE_ERROR = lazy(
    r"\b(?:NoMethod|Type|Key|Index|Attribute|Name|Reference|Range|Argument|Value|Assertion|ZeroDivision|NoMatch)Error\b"
    r"|\b(?:NullPointer|NullReference|IndexOutOf\w{3,12}|ClassCast|Illegal\w{5,8}|InvalidOperation|Arithmetic)Exception\b"
)
"""Errors that a program makes by itself, whatever it is told or given."""
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "a an the of in on to out with was is has have been and or one more see above below for detail "
        "details error errors err fatal fail fails failed failing failure failures build test tests testing "
        "command commands assert assertion assertions step task job check checks checking process exit exits "
        "exited exiting status code returned script verification validation validated analysis compile "
        "compilation compiling run rerun running execution pass passed skipped ignored filtered measured "
        "result results total aborted aborting due previous unsuccessful completed finished warning warnings "
        "problem problems found make number occurred action target there were are took ms s file files log suite "
        "suites ran finished cpu time times duration elapsed summary min sec seconds m h",
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
    return _kind(said, _apart(said), only_sure=only_sure)


def kind_of_build_words(message: str) -> Category:
    """The kind of fault that a build tool's own words speak of; unknown when the work of its step tells more."""
    from responder.triage.vocabulary import OF_BUILDS, first_told  # not needed where rules know every error

    said = message[:_TEXT_LIMIT]
    text = _apart(said)
    told = first_told(OF_BUILDS, text)
    if told is Category.CODE_COMPILE and _CODE_ERROR.search(said):
        return Category.CODE_EXCEPTION  # a program raised it, in the words in which a compiler refuses
    return _kind(said, text, only_sure=True) if told is Category.UNKNOWN else told


def _kind(said: str, text: str, *, only_sure: bool) -> Category:
    from responder.triage.vocabulary import OF_FAULTS, OUTRIGHT, first_told

    if _ALLOWANCE.search(text):
        return Category.QUOTA
    told = first_told(OUTRIGHT, text)
    if told is Category.UNKNOWN and _SPENT.search(text):
        told = next((category for category, words in _SUPPLIES if words.search(text)), Category.UNKNOWN)
    if told is Category.UNKNOWN:
        told = first_told(OF_FAULTS, text, only_sure=only_sure)
    if told is Category.UNKNOWN and _CODE_ERROR.search(said):
        return Category.CODE_EXCEPTION
    return told


def _apart(said: str) -> str:
    """In lower case, and names that are put together taken apart."""
    return _JOINT.sub(" ", said).lower().replace("\\", "")


def is_empty_phrase(message: str) -> bool:
    """True for `Error: test failed` and its like, which say that something failed and not what."""
    if len(message) > _PHRASE_LIMIT:
        return False
    letters = 0
    for word in _WORD.findall(message.lower()):
        if word not in _EMPTY and (spelt := _NO_LETTER.sub("", word)) not in _EMPTY:
            letters += len(spelt)
            if letters > _MOST_LETTERS:
                return False
    return True
