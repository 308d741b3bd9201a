"""The words that all programs use for the same few faults."""

import time

import pytest

from responder.incident import Category
from responder.triage.lexicon import is_empty_phrase, kind_of_build_words, kind_of_words
from responder.triage.signatures import packaged_rules
from responder.triage.vocabulary import OF_BUILDS, OF_FAULTS, OUTRIGHT


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("network 10.0.0.0/24: no free leases", Category.QUOTA),
        ("2 full osd(s)", Category.DISK),
        ("imap-login: process_limit (100) reached", Category.THREADS),
        ("NoResourceAvailableException: cannot acquire what is asked", Category.QUOTA),
        ("received AUTHENTICATION_FAILED notify error", Category.AUTHENTICATION),
        ("vdev sdb1 FAULTED", Category.STORAGE),
        ("unknown field 'discount'", Category.DATA_SCHEMA),
        ("lost quorum, stopping", Category.CONTROL_PLANE),
        ("NoMethodError: undefined method 'total' for nil", Category.CODE_EXCEPTION),
        ("order 41 not found", Category.UNKNOWN),
        ("failed to verify peer: cert expired on 2026-02-01", Category.CERTIFICATE),
        ("the signing certificate is no longer valid", Category.CERTIFICATE),
        ("SSL routines:ssl3_get_record:wrong version number while connecting to hub", Category.TLS),
        ("bind failed: invalid credentials (49)", Category.AUTHENTICATION),
        ("push rejected: personal access token has expired", Category.AUTHENTICATION),
        ("Login incorrect for user deploy", Category.AUTHENTICATION),
        ("user svc-etl lacks permission WRITE on dataset sales", Category.AUTHORIZATION),
        ("open /var/lib/app/state: permission denied", Category.AUTHORIZATION),
        ("Operation not permitted while setting hostname", Category.AUTHORIZATION),
        ("principal has insufficient privileges to create role", Category.AUTHORIZATION),
        ("Request was throttled, please slow down", Category.QUOTA),
        ("project quota exceeded: 500 of 500 build minutes used", Category.QUOTA),
        ("You have exceeded the free tier limit for this month", Category.QUOTA),
        ("write error: disk full", Category.DISK),
        ("volume /data is 100% full, refusing writes", Category.DISK),
        ("only 12 MB of free disk space remaining, need 400 MB", Category.DISK),
        ("worker exceeded memory limit of 512 MB and was restarted", Category.MEMORY),
        ("fatal: failed to allocate 1048576 bytes", Category.MEMORY),
        ("Process was killed by the OOM killer", Category.MEMORY),
        ("virtual memory exhausted: Cannot allocate memory", Category.MEMORY),
        ("accept: Too many open files", Category.FILE_DESCRIPTORS),
        ("cannot create thread: thread limit reached", Category.THREADS),
        ("remaining connection slots are reserved", Category.CONNECTIONS),
        ("too many clients already", Category.CONNECTIONS),
        ("CPU usage above limit, container throttled", Category.CPU),
        ("could not resolve hostname metrics.internal", Category.DNS),
        ("lookup db.prod on 10.0.0.2:53: server misbehaving", Category.DNS),
        ("read tcp 10.0.0.1:443: connection reset by peer", Category.CONNECTIVITY),
        ("connect to 10.2.0.4:9042 timed out after 5s", Category.CONNECTIVITY),
        ("sendto: Network is unreachable", Category.ROUTING),
        ("OSPF neighbor 10.1.1.1 is down: dead timer expired", Category.ROUTING),
        ("query took too long, deadline exceeded", Category.LATENCY),
        ("payment provider returned 503", Category.DEPENDENCY_UNAVAILABLE),
        ("upstream service inventory is unavailable", Category.DEPENDENCY_UNAVAILABLE),
        ("Could not find a version that satisfies the requirement fastlib==9.1", Category.DEPENDENCY_RESOLUTION),
        ('package "left-pad" not found in registry', Category.DEPENDENCY_RESOLUTION),
        ("lock file is out of date, run the lock command again", Category.DEPENDENCY_RESOLUTION),
        ("plugin requires runtime 4.2 or newer, found 3.9", Category.DEPENDENCY_INCOMPATIBLE),
        ("API version 2 is not supported by this server", Category.DEPENDENCY_INCOMPATIBLE),
        ("required environment variable DATABASE_URL is not set", Category.CONFIGURATION_MISSING),
        ("DATABASE_URL must be set", Category.CONFIGURATION_MISSING),
        ("missing required option --region", Category.CONFIGURATION_MISSING),
        ("config file /etc/app/app.conf not found", Category.CONFIGURATION_MISSING),
        ('invalid value "fast" for log level', Category.CONFIGURATION_INVALID),
        ('unknown option "retrys" in section [http]', Category.CONFIGURATION_INVALID),
        ("failed to parse config.yaml: line 4: mapping values are not allowed here", Category.CONFIGURATION_INVALID),
        ("replicas must be greater than or equal to 1", Category.CONFIGURATION_INVALID),
        ("listen tcp :8080: bind: address already in use", Category.CONFIGURATION_MISMATCH),
        ('Failed to pull image "acme/x:1": not found', Category.DEPLOYMENT_IMAGE),
        ("0/6 nodes are available: 6 Insufficient memory", Category.DEPLOYMENT_SCHEDULING),
        ("job cannot be scheduled: no eligible nodes", Category.DEPLOYMENT_SCHEDULING),
        ('admission webhook "deny.acme.io" denied the request', Category.DEPLOYMENT_ADMISSION),
        ("Liveness probe failed: connection refused", Category.DEPLOYMENT_PROBE),
        ("Unhandled exception: index out of range", Category.CODE_EXCEPTION),
        ("NullReferenceException in OrderService.Total", Category.CODE_EXCEPTION),
        ("segmentation fault (core dumped)", Category.CODE_EXCEPTION),
        ("panic: runtime error: integer divide by zero", Category.CODE_EXCEPTION),
        ("Deadlock found when trying to get lock; try restarting transaction", Category.DATA_LOCK),
        ("state is locked by another process", Category.DATA_LOCK),
        ("could not obtain lock on relation orders", Category.DATA_LOCK),
        ("column users.plan does not exist", Category.DATA_SCHEMA),
        ("migration 0042 failed: table already exists", Category.DATA_SCHEMA),
        ("duplicate key value violates unique constraint", Category.DATA_SCHEMA),
        ("page 412 checksum mismatch, database is corrupt", Category.DATA_CORRUPTION),
        ("archive is truncated or corrupted", Category.DATA_CORRUPTION),
        ("sd 0:0:0:0: [sda] Medium Error, unrecovered read error", Category.STORAGE),
        ("Buffer I/O error on device dm-3", Category.STORAGE),
        ("Machine check events logged: CPU 3 uncorrected error", Category.NODE),
        ("node worker-7 went down unexpectedly", Category.NODE),
        ("chassis temperature above critical threshold, shutting down", Category.NODE),
        ("power supply 2 failed", Category.NODE),
        ("no leader elected, cluster has lost quorum", Category.CONTROL_PLANE),
        ("lost connection to agent build-3, build aborted", Category.CI_RUNNER),
        ("The build agent was preempted by the cloud provider", Category.CI_RUNNER),
        ('secret "db-password" not found in namespace prod', Category.SECRET),
        ("failed to decrypt values with the given key", Category.SECRET),
        ("order 41 could not be shipped", Category.UNKNOWN),
        ("the page was moved", Category.UNKNOWN),
        ("request finished in 12 ms", Category.UNKNOWN),
        ("failed to process message 71 of batch 9", Category.UNKNOWN),
    ],
)
def test_the_words_tell_the_kind(message: str, kind: Category) -> None:
    """Sentences of programs that no rule knows are sorted by what they complain of."""
    assert kind_of_words(message) is kind


def test_words_of_many_meanings_are_left_out_when_asked(message: str = "the page is not available in German") -> None:
    """In a trace or a build, only words that mean nothing else count."""
    assert kind_of_words(message) is Category.DEPENDENCY_UNAVAILABLE
    assert kind_of_words(message, only_sure=True) is Category.UNKNOWN


def test_a_compiler_is_known_by_what_it_says() -> None:
    """Compilers of every language miss names and types in the same words."""
    assert kind_of_build_words("error: Type mismatch") is Category.CODE_COMPILE
    assert kind_of_build_words("Error: Permission denied") is Category.AUTHORIZATION


@pytest.mark.parametrize(
    ("message", "empty"),
    [
        ("error: test failed", True),
        ("Test result: FAILED. 1 passed; 2 failed; finished in 1.2 s", True),
        ("assert command failed. Exiting with status code 1.", True),
        ("error: the stanza is empty", False),
        ("FAILED cart-discount", False),
        ("Suite result: FAILED. 10 passed; 1 failed; finished in 6.12ms (4.10ms CPU time)", True),
    ],
)
def test_a_phrase_that_only_says_failed_is_empty(message: str, empty: bool) -> None:
    """What failed must be named, or the line tells nothing."""
    assert is_empty_phrase(message) is empty


def test_the_letters_of_a_phrase_hide_nothing_that_its_words_find() -> None:
    """They only spare the search: each line that the words match holds some of the letters."""
    lines = {line.lower() for rule in packaged_rules() for line in (*rule.match, *rule.no_match)}

    hidden = [
        (phrase.category, line)
        for phrase in (*OUTRIGHT, *OF_FAULTS, *OF_BUILDS)
        for line in lines
        if phrase.words.search(line) and not any(letters in line for letters in phrase.near)
    ]

    assert hidden == []


def test_what_rules_know_is_mostly_told_by_the_words_too() -> None:
    """Of the lines that rules are tried on, those whose words tell a kind tell the kind of the rule."""
    told = [
        (kind_of_build_words(line) if rule.scope == "build" else kind_of_words(line)) is rule.category
        for rule in packaged_rules()
        if not (rule.wrapper or rule.success or rule.kind == "change" or rule.category is Category.UNKNOWN)
        for line in rule.match
        if (kind_of_build_words(line) if rule.scope == "build" else kind_of_words(line)) is not Category.UNKNOWN
    ]

    assert len(told) > 400
    assert sum(told) / len(told) > 0.7


def test_a_long_line_is_sorted_in_no_time() -> None:
    """The words are untrusted text: a line made of them takes no longer than its length asks for."""
    start = time.process_time()
    for word in (
        "no ",
        "lock ",
        "token ",
        "field ",
        "certificate ",
        "a_",
        "aB",
        "missing a ",
        "expected type ",
        "node ",
    ):
        kind_of_words(word * 20_000)
        kind_of_build_words(word * 20_000)
        is_empty_phrase(word * 20_000)

    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("error: Failed build dependencies:", Category.DEPENDENCY_RESOLUTION),
        ("libfoo-devel >= 2.0 is needed by bar-1.0-1.x86_64", Category.DEPENDENCY_RESOLUTION),
        ("migrate found failed migrations in the target database", Category.DATA_SCHEMA),
        ("Failure in test not_null_orders", Category.TEST_ASSERTION),
        ("Error: undefined method 'totl' for Cart", Category.CODE_COMPILE),
        ("Artifact storage quota has been hit", Category.QUOTA),
        ("release failed: missing GITHUB_TOKEN", Category.AUTHENTICATION),
        ("the frame is not sound", Category.UNKNOWN),
        ("rules/node.js failed indent_char: found setting ' '", Category.UNKNOWN),
        ("TypeError: total is not a function", Category.CODE_EXCEPTION),
        ("main.nim(4, 7) Error: undeclared identifier: 'foo'", Category.CODE_COMPILE),
        ("Parser error: expected ';' but got '}'", Category.CODE_COMPILE),
        ("error: no function named total in module cart", Category.CODE_COMPILE),
        ("DeclarationError: Undeclared identifier.", Category.CODE_COMPILE),
        ("shader.frag:12: 'vec5' : undeclared identifier", Category.CODE_COMPILE),
        ("12 files would be reformatted", Category.CODE_LINT),
        ("src/a.x:3 trailing whitespace", Category.CODE_LINT),
        ("MD013 line too long", Category.CODE_LINT),
        ("expected 3 to equal 4", Category.TEST_ASSERTION),
        ("Assertion failed: balance == 10", Category.TEST_ASSERTION),
        ("3 of 41 tests failed", Category.TEST_ASSERTION),
        ("FAILED tests/cart discount is applied", Category.TEST_ASSERTION),
        ('expected: "a" got: "b"', Category.TEST_ASSERTION),
        ("test 'checkout' exceeded the timeout of 30s", Category.TEST_TIMEOUT),
        ("error in setup of test_orders: database container did not start", Category.TEST_SETUP),
        ("cannot find package github.com/acme/x in any registry", Category.DEPENDENCY_RESOLUTION),
        ("unable to resolve dependency tree", Category.DEPENDENCY_RESOLUTION),
        ("no matching package named `foo` found", Category.DEPENDENCY_RESOLUTION),
        ("Dependency libfoo not found, tried pkg-config", Category.DEPENDENCY_RESOLUTION),
        ("this package requires SDK version 3.2.0 or higher", Category.DEPENDENCY_INCOMPATIBLE),
        ("Error: environment variable API_URL is required", Category.CONFIGURATION_MISSING),
        ('pipeline.yml: unknown key "scritp"', Category.CONFIGURATION_INVALID),
        ("fatal: write error: No space left on device", Category.DISK),
        ("ld terminated with signal 9 [Killed]", Category.MEMORY),
        ("Could not resolve host: downloads.acme.io", Category.DNS),
        ("deploy: 401 Unauthorized", Category.AUTHENTICATION),
        ("provisioning profile has expired", Category.CERTIFICATE),
        ("Error: pending migrations must be applied", Category.DATA_SCHEMA),
    ],
)
def test_a_build_tools_words_tell_the_kind_of_fault(message: str, kind: Category) -> None:
    """Where no rule knows the tool."""
    assert kind_of_build_words(message) is kind
