"""The words that the tools of builds use for the same few faults: tests, compilers, checkers of style, installers.

They are tried before the words that all programs use, in this order: what a test was waiting for is told in the words
of a fault that it did not have.
"""

from responder.incident import Category
from responder.patterns import lazy
from responder.triage.vocabulary.faults import OF_INSTALLERS
from responder.triage.vocabulary.phrase import Phrase

__all__ = ["OF_BUILDS"]

_THING = (
    r"(?:variables?|identifiers?|symbols?|methods?|functions?|types?|class(?:es)?|members?|propert(?:y|ies)|names?"
    r"|constants?"
    r"|packages?|modules?|imports?|macros?|labels?|values?|reference)"
)

OF_BUILDS: tuple[Phrase, ...] = (
    Phrase(
        Category.TEST_SETUP,
        ("setup", "set up", "fixture", "collecting", "beforeall", "before all", "beforeeach", "before each"),
        lazy(
            r"\b(?:suite|test|fixture|class|parent)? ?set ?up (?:of .{1,60} )?(?:failed|error)|\berror (?:at|in"
            r"|during) (?:the )?(?:test )?setup\b|\berrors? collecting\b"
            r"|\bfixture\b.{0,60}\bnot found|\bbefore ?(?:all|each)\b.{0,40}\b(?:hook|fail)"
        ),
    ),
    Phrase(
        Category.TEST_TIMEOUT,
        ("test", "spec", "scenario", "hook"),
        lazy(
            r"\b(?:tests?|spec|scenario|hook|test case)\b.{0,80}\b(?:timed? ?out|exceeded timeout|timeout)\b"
            r"|\b(?:exceeded|timeout|timed out)\b.{0,60}\b(?:for|of|this|the|in|running) (?:an? |the "
            r"|this )?(?:test|hook|spec|scenario)\b"
        ),
    ),
    Phrase(
        Category.TEST_ASSERTION,
        ("assert", "expect", "fail", "actual", "got "),
        lazy(
            r"\bassert(?:ion)?s?\b.{0,12}\b(?:fail\w{0,4}|error)\b|\bassertion ?error"
            r"|\bexpected\b[^;]{0,200}\b(?:(?:but )?(?:was|got|found|received)|actual(?:ly)?|to (?:equal|be|eq"
            r"|have|contain|match))\b"
            r"|\bactual\b.{0,100}\bexpected\b|\bexpectation\b.{0,60}\bfail|\bfail(?:s|ed|ures?)? (?:in "
            r"|of )?(?:\d+ )?tests?\b"
            r"|\btests? (?:\S{1,120} )?fail(?:s|ed|ing|ure)?\b|^\W{0,6}fail(?:ed"
            r"|ure)?\W{1,4}(?:\S{1,120}[/.:>])?\S{0,60}test"
            r"|\b[1-9]\d{0,5} (?:of \d+ )?(?:tests?|specs?|scenarios?|examples?|test cases?|suites?|checks?"
            r"|assertions?) (?:\w{1,12} )?fail"
        ),
    ),
    Phrase(
        Category.DEPENDENCY_INCOMPATIBLE,
        ("version", "compatib", "engine", "conflict", "newer", "requires"),
        lazy(
            r"\bversion conflict|\d conflicts with \S{1,60} v?\d|\b(?:is"
            r"|are) (?:not )?(?:in)?compatible with (?:this|the|your|module)|\bengine\b.{0,60}\bincompatible"
            r"|\bcompiled (?:by|with|against) (?:a|an) (?:\w{1,20} ){0,2}(?:version|different)"
            r"|\brequires? \S{1,60} (?:version )?(?:>=?|<=?|\^|~)? ?v?\d[\w.]*(?: or (?:newer|later|higher|above"
            r"|greater))"
            r"|\brequires? (?:\S{1,30} ){1,3}(?:or (?:newer|later|higher|above|greater))"
            r"|\bunsupported (?:class file|\S{1,30} version)"
            r"|\b(?:needs|required?:?) (?:at least )?\S{1,30} version\b"
        ),
    ),
    OF_INSTALLERS,
    Phrase(
        Category.DATA_SCHEMA,
        ("migration",),
        lazy(
            r"\b(?:database|schema|failed|pending|unapplied|missing) migrations?\b"
            r"|\bmigrations? (?:\S{1,80} )?failed\b"
            r"|\bmigration (?:checksum|conflict|mismatch)"
        ),
    ),
    Phrase(
        Category.CODE_LINT,
        ("reformat", "format", "lint", "style", "indent", "trailing", "too long", "complex", "docstring",
         "javadoc", "spelling",
         "unused", "sorted"),
        lazy(
            r"\bwould (?:reformat|be reformatted)|\b(?:not|incorrectly|un|badly) ?formatted"
            r"|\bformatting (?:issues?|errors?|differ|violations?|check)|\bneeds? formatting"
            r"|\bshould be (?:\w{1,12}.)?formatted"
            r"|\blint(?:er|ing)?\b.{0,40}\b(?:fail|error|issue|problem|warning|violation)"
            r"|\b(?:code )?style (?:issue|violation|error|check)"
            r"|\bexpected (?:\w{1,12} )?indent|\bindentation\b|\btrailing (?:whitespace|spaces?|comma|newline)"
            r"|\bline (?:is )?too long|\b(?:cyclomatic|cognitive) complexity|\btoo complex\b"
            r"|\bmissing (?:\w{1,20} )?(?:docstring|javadoc|documentation comment|doc comment|license header"
            r"|copyright)|\bmisspell|\bspelling\b|\bnot (?:correctly |properly )?sorted"
        ),
    ),
    Phrase(
        Category.CODE_COMPILE,
        ("type", "syntax", "pars", "token", "declar", "undefined", "scope", "symbol", "unresolved", "unbound",
         "compil", "linker", "does not exist", "no member", "redefin", "assign", "convert", "unterminated",
         "expected", "undeclared", "cannot find", "missing return", "no function", "no method", "no type",
         "no field", "no variable", "will not fit",
         "overflowed", "maximum allowed", "borrow", "not defined", "ambiguous", "linking", "not found"),
        lazy(
            r"\b(?:type (?:mismatch|error)|mismatched types?|incompatible types?|conflicting types|syntax error"
            r"|invalid syntax|parse error|parsing error|unexpected (?:token|end|indent|symbol|character|eof"
            r"|identifier)|undeclared"
            r"|not declared|undefined (?:local )?(?:variable|identifier|symbol|name|method|constant|function"
            r"|reference|type|control|macro|module)s?"
            r"|not in scope|cannot find (?:symbol|type|name|value|function|class|macro|identifier)"
            r"|unresolved (?:reference|import|identifier|external|name)|unbound (?:value|identifier|module"
            r"|constructor)|does not compile"
            r"|(?:could not|failed to|cannot|unable to) (?:compile|link)|compil(?:e|ation|er) (?:error|failed"
            r"|terminated)|no member named|has no member"
            r"|redefinition of|multiple definition|cannot (?:assign|convert|infer|instantiate|borrow|unify"
            r"|implicitly)|no implicit|unterminated|missing return"
            r"|linker (?:command )?(?:error|failed)|linking .{0,60}failed|ambiguous (?:call|reference|use"
            r"|overload)|not assignable to|no matching (?:function|overload|method|member|constructor))\b"
            r"|\b" + _THING + r"\b.{0,80}"
            r"\b(?:does not exist|doesn't exist|(?:is |was |are )?(?:not (?:found|defined|declared|a member)"
            r"|undefined|undeclared|unknown|redefined))\b"
            r"|\bwill not fit in\b|\boverflowed by\b|\bsize\b.{0,60}\b(?:exceeds|(?:greater|larger"
            r"|bigger) than) (?:the )?max"
            r"|\bexpected (?:type|expression|identifier|statement|declaration|an? (?:expression|identifier|type)"
            r"|['\"`\u2018;,)(}{\]])|\bexpression (?:has|was expected)|\bunknown (?:type|identifier|symbol"
            r"|function|variable)\b"
            r"|\bno (?:function|method|type|variable|field|constructor|overload|instance) (?:named|called|for"
            r"|matching)\b"
        ),
    ),
)  # fmt: skip
"""Of the tools of builds, tried before the others."""
