"""Build logs: the reason stands above the lines that only repeat it, and a passing build is healthy."""

from pathlib import Path

from responder.evidence import FileSource
from responder.triage import QUIET_SALIENCE, Finding, default_engine

PASSING = [
    "$ make test",
    "cc -c parser.c",
    "test_error_handling ... ok",
    "test_failure_is_reported ... ok",
    "0 errors, 0 failed",
    "All tests successful.",
    'The command "make test" exited with 0.',
    "Done. Your build exited with 0.",
]


def findings(tmp_path: Path, lines: list[str], good: list[str] | None = None) -> list[Finding]:
    (tmp_path / "build.log").write_text("\n".join(lines) + "\n")
    source = FileSource()
    baseline = ()
    if good is not None:
        (tmp_path / "good.log").write_text("\n".join(good) + "\n")
        baseline = source.collect([tmp_path / "good.log"]).artifacts
    result = default_engine().triage(source.collect([tmp_path / "build.log"]).artifacts, baseline=baseline)
    return [finding for finding in result.findings if finding.salience >= QUIET_SALIENCE]


def test_a_passing_build_is_quiet(tmp_path: Path) -> None:
    """Words of error in the names of passing tests mean nothing."""
    assert findings(tmp_path, PASSING) == []


def test_the_compile_error_comes_before_the_wrappers(tmp_path: Path) -> None:
    """`make: ***` and the exit status repeat the failure; the compiler's line is the reason."""
    lines = [
        "$ make",
        "cc -c util.c",
        "util.h:28:14: error: static declaration of 'memrchr' follows non-static declaration",
        " static void *memrchr(const void *m, int c, size_t n)",
        "make[1]: *** [Makefile:12: util.o] Error 1",
        "make: *** [Makefile:3: all] Error 2",
        'The command "make" exited with 2.',
        "Done. Your build exited with 1.",
    ]

    first = findings(tmp_path, lines)[0]

    assert (first.span.line, first.rule, first.category) == (3, "compilers.gcc_error", "code_defect.compile")


def test_the_first_of_several_failing_tests_is_first(tmp_path: Path) -> None:
    """A list of failures is read from its top."""
    lines = [f"--- FAIL: TestCase{name} (0.01s)\n    case_test.go:{n}: got 1, want 2" for n, name in enumerate("ABC")]
    text = ["=== RUN all", *"\n".join(lines).split("\n"), "FAIL", "exit status 1", "make: *** [test] Error 1"]

    assert findings(tmp_path, text)[0].span.line == 2


def test_errors_of_a_step_that_passed_rank_below_the_failing_step(tmp_path: Path) -> None:
    """An error message of an earlier step that exited with 0 did not break the build."""
    lines = [
        "$ ./install.sh",
        "Error: could not download cache, going on without",
        'The command "./install.sh" exited with 0.',
        "$ ./run.sh",
        "Error: missing argument --name",
        'The command "./run.sh" exited with 1.',
    ]

    assert findings(tmp_path, lines)[0].span.line == 5


def test_echoed_commands_have_not_happened(tmp_path: Path) -> None:
    """GitHub prints a script before it runs it; the error text inside the script is no error."""
    stamp = "2026-01-02T03:04:05.1234567Z "
    lines = [
        "##[group]Run ./check.sh",
        '\x1b[36;1mecho "ERROR: go.mod is not up-to-date"; exit 1\x1b[0m',
        "##[endgroup]",
        "all good",
        "Cleaning up orphan processes",
    ]

    assert findings(tmp_path, [stamp + line for line in lines]) == []


def test_the_last_words_are_shown_when_no_rule_knows_them(tmp_path: Path) -> None:
    """A failing step always has something to show: the paragraph before the end."""
    lines = [
        "$ ./lint",
        "checking",
        "",
        "CHANGELOG.md: found tabs where blanks should be",
        'The command "./lint" exited with 1.',
    ]

    assert findings(tmp_path, lines)[0].span.line == 4


def test_what_the_last_good_build_also_said_is_silent(tmp_path: Path) -> None:
    """With a baseline, an old error is noise and a new one is the answer."""
    old = "error: cannot stat optional.cfg"
    good = ["$ make", old, "ok", "Done. Your build exited with 0."]
    bad = [
        "$ make",
        old,
        "widget: error: no such option --fast",
        "make: *** [all] Error 2",
        'The command "make" exited with 2.',
    ]

    shown = findings(tmp_path, bad, good)

    assert shown[0].span.line == 3
    assert all(finding.span.line != 2 for finding in shown)


def test_messages_that_differ_in_numbers_are_told_once(tmp_path: Path) -> None:
    """The first five findings are five different things."""
    lines = ["$ run"]
    for n in range(30):
        lines += [f"Error response from daemon: no container {n}", *["working"] * 8]
    lines += ["fatal: repository 'x' not found", 'The command "run" exited with 1.']

    shown = findings(tmp_path, lines)

    assert sum("daemon" in finding.text for finding in shown) == 1
    assert next(finding for finding in shown if "daemon" in finding.text).count == 30


def test_a_warning_is_no_cause_beside_an_error(tmp_path: Path) -> None:
    """Whatever a line says that calls itself a warning, an error beside it explains more."""
    lines = [
        "$ make test",
        "W: GPG error: https://x InRelease: the public key is not available: NO_PUBKEY 23E7166788B63E1E",
        *["compiling"] * 60,
        "src/cart.c:12:3: error: 'total' undeclared",
        "make: *** [cart.o] Error 1",
        'The command "make test" exited with 2.',
    ]
    result = findings(tmp_path, lines)

    assert result[0].rule == "compilers.gcc_error"
    assert next(finding for finding in result if finding.span.line == 2).salience < 0.7


def test_of_two_failures_in_a_row_the_first_is_the_cause(tmp_path: Path) -> None:
    """The checksum fails because the download did, a few lines above."""
    lines = [
        "$ ./get-models.sh",
        "ERROR: no certificate subject alternative name matches",
        *["--2026-01-02-- retrying"] * 12,
        "ERROR: model.bin md5sum did not match",
        'The command "./get-models.sh" exited with 1.',
    ]
    result = findings(tmp_path, lines)

    assert [finding.span.line for finding in result[:2]] == [2, 15]


def test_what_a_failed_test_printed_says_more_than_its_head(tmp_path: Path) -> None:
    """Below the report of a failing test stands what it had captured; that is not taken for a consequence."""
    lines = [
        "$ pytest",
        "E   AssertionError: script returned 1",
        "---- captured stderr ----",
        *["working"] * 30,
        "ERROR: Could not install packages due to an OSError: HTTPSConnectionPool(host='x')",
        'The command "pytest" exited with 1.',
    ]
    result = findings(tmp_path, lines)

    assert result[0].span.line == 34


def test_a_tools_own_verdict_ends_a_build_without_a_service(tmp_path: Path) -> None:
    """`BUILD FAILURE` says that it failed; no CI service need say so too."""
    lines = [
        "$ mvn -B gatling:test",
        *(f"> request {number} OK" for number in range(30)),
        "[INFO] BUILD FAILURE",
        "[INFO] ----------",
        "[ERROR] Failed to execute goal io.gatling:gatling-maven-plugin:4.9.0:test: assertions failed!",
    ]

    assert findings(tmp_path, lines)[0].span.line == len(lines)


def test_a_log_that_stops_in_an_error_did_not_pass(tmp_path: Path) -> None:
    """Nothing says how it went, but the last thing it tells is an error."""
    lines = ["$ tool apply", *(f"part {number} is done" for number in range(30)), "Error: quota 'CPUS' exceeded"]

    assert findings(tmp_path, lines)[0].span.line == len(lines)
    assert findings(tmp_path, [*lines, *(f"part {number} is done" for number in range(30, 60))]) == []


def test_where_little_stands_out_the_neighbours_are_shown(tmp_path: Path) -> None:
    """Of a tool that no rule knows, other complaints of the failing step follow the one taken for the reason."""
    lines = [
        "##[group]Run frob check",
        "frob check",
        "##[endgroup]",
        *(f"looked at part {number}" for number in range(20)),
        "slot 3 of frame A does not fit its neighbour",
        "error: frame A is not sound",
        "##[error]Process completed with exit code 1.",
    ]

    shown = [finding.span.line for finding in findings(tmp_path, lines)]

    assert shown[0] == 25
    assert shown[1] == 24


def test_a_count_of_findings_is_not_the_finding(tmp_path: Path) -> None:
    """`Failed: 2 failures on 41 files` says how many; the line that names a place says what."""
    lines = [
        "##[group]Run strictly roles",
        "strictly roles",
        "##[endgroup]",
        "roles/web/main.cfg:14: no name is given",
        "Failed: 2 failure(s), 0 warning(s) on 41 files.",
        "##[error]Process completed with exit code 2.",
    ]

    assert findings(tmp_path, lines)[0].span.line == 4


def test_a_build_tools_verdict_makes_it_the_log_of_a_build(tmp_path: Path) -> None:
    """However many of its lines have clocks."""
    lines = [
        *(f"[2026-05-14T08:11:{number:02d}.771+00:00] Waiting on root//a (rust_library)" for number in range(10)),
        "error[E0308]: mismatched types",
        "  --> src/codec.rs:88:17",
        "BUILD FAILED",
    ]

    assert findings(tmp_path, lines)[0].rule == "compilers.rustc"


def buildkit(*beside: str) -> list[str]:
    """A failing instruction, the lines of another one that ran at the same time, and what BuildKit says twice."""
    return [
        "#7 [assets 2/4] RUN npm run icons",
        "#9 [builder 3/5] RUN go build ./...",
        "#9 1.2 # acme.dev/svc/store",
        "#9 1.4 store/store.go:88:14: undefined: pgx.NoRows",
        *beside,
        "#9 1.5 store/store.go:91:3: declared and not used: rows",
        '#9 ERROR: process "/bin/sh -c go build ./..." did not complete successfully: exit code: 1',
        "------",
        " > [builder 3/5] RUN go build ./...:",
        "1.4 store/store.go:88:14: undefined: pgx.NoRows",
        "1.5 store/store.go:91:3: declared and not used: rows",
        "------",
        'ERROR: failed to solve: process "/bin/sh -c go build ./..." did not complete successfully: exit code: 1',
    ]


def test_instructions_that_run_at_once_do_not_hide_each_other(tmp_path: Path) -> None:
    """The step that failed is known by its number, wherever the name of another one stands."""
    plain = findings(tmp_path, buildkit())[0]
    mingled = findings(tmp_path, buildkit("#7 [assets 2/4] RUN npm run icons", "#7 1.5 error: icon 3 is blurred"))[0]

    assert plain.text.split("\n")[plain.span.line - plain.span.line_start].endswith("pgx.NoRows")
    assert (mingled.span.line, mingled.rule) == (plain.span.line, plain.rule)


def test_what_buildkit_says_again_is_not_another_failure(tmp_path: Path) -> None:
    """The replay of the last lines begins anywhere; the lines are cited where the instruction wrote them."""
    places = [finding.span.line for finding in findings(tmp_path, buildkit())]

    assert not {10, 11} & set(places)


def test_the_name_of_a_package_before_its_lines_hides_nothing(tmp_path: Path) -> None:
    """Runners of many packages put it there; the rules read what stands behind it, and the log is of a build."""
    lines = [
        "@acme/web:lint: cache miss, executing 99aa",
        "@acme/web:lint: /builds/m/apps/web/src/login.tsx",
        "@acme/web:lint:   22:7  error  'user' is never reassigned. Use 'const' instead  prefer-const",
        "@acme/web:lint: \N{HEAVY MULTIPLICATION X} 1 problem (1 error, 0 warnings)",
        "@acme/web:lint: error Command failed with exit code 1.",
    ]

    first = findings(tmp_path, lines)[0]

    assert (first.span.line, first.category) == (3, "code_defect.lint")


def test_an_exception_is_of_the_kind_that_its_message_speaks_of(tmp_path: Path) -> None:
    """A refused connection is the network's, whoever raises it; an assertion is a test's."""
    refused = "org.acme.svn.SVNException: E175002: connection refused by the server"
    asserted = "junit.framework.AssertionFailedError: expected:<10> but was:<9>"

    kinds = [findings(tmp_path, ["$ ant", line, "Finished: FAILURE"])[0].category for line in (refused, asserted)]

    assert kinds == ["network.connectivity", "test_failure.assertion"]
