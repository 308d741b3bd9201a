"""A record of many lines is one finding, and the line in it that says why is the one to read first."""

from pathlib import Path

import pytest

from responder.evidence import FileSource
from responder.triage import default_engine

AROUND = ["2026-01-02T03:04:05Z INFO [api] request served"] * 5
RECORDS = {
    "python": (
        [
            "2026-01-02T03:05:00Z ERROR [api] unhandled",
            "Traceback (most recent call last):",
            '  File "a.py", line 3, in f',
            "    g()",
            '  File "b.py", line 9, in g',
            '    return d["k"]',
            "KeyError: 'k'",
        ],
        "KeyError: 'k'",
    ),
    "java": (
        [
            "2026-01-02 03:05:00,123 ERROR [main] c.a.B - failed",
            "java.lang.RuntimeException: outer",
            "\tat c.a.B.f(B.java:1)",
            "\tat c.a.C.g(C.java:2)",
            "\tSuppressed: java.io.IOException: close failed",
            "\t\tat c.a.D.h(D.java:3)",
            "Caused by: java.lang.IllegalStateException: pool is shut",
            "\tat c.a.P.q(P.java:9)",
            "\t... 12 more",
        ],
        "Caused by: java.lang.IllegalStateException: pool is shut",
    ),
    "go": (
        [
            "2026-01-02T03:05:00Z INFO [api] working",
            "panic: runtime error: index out of range [3] with length 3",
            "",
            "goroutine 1 [running]:",
            "main.f(0x1)",
            "\t/src/main.go:12 +0x1d",
            "main.main()",
            "\t/src/main.go:5 +0x20",
            "exit status 2",
        ],
        "panic: runtime error",
    ),
    "node": (
        [
            "2026-01-02T03:05:00Z ERROR [api] request failed",
            "TypeError: Cannot read properties of undefined (reading 'id')",
            "    at f (/app/a.js:3:5)",
            "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {",
            "  code: 'E1'",
            "}",
        ],
        "TypeError: Cannot read",
    ),
    "ruby": (
        [
            "E, [2026-01-02T03:05:00.123456 #1] ERROR -- : NoMethodError (undefined method `id' for nil:NilClass):",
            "app/models/a.rb:3:in `f'",
            "app/controllers/b.rb:9:in `show'",
        ],
        "NoMethodError",
    ),
    "rust": (
        [
            "thread 'main' panicked at src/main.rs:3:5:",
            "index out of bounds: the len is 3 but the index is 3",
            "stack backtrace:",
            "   0: rust_begin_unwind",
            "             at /rustc/x/library/std/src/panicking.rs:645:5",
            "   1: core::panicking::panic_fmt",
        ],
        "thread 'main' panicked",
    ),
    "dotnet": (
        [
            "fail: Shop.Orders.Worker[0]",
            "      Unhandled exception",
            "      System.InvalidOperationException: Sequence contains no elements",
            "         at Shop.A.F() in /src/A.cs:line 3",
            "       ---> System.IO.IOException: disk",
            "         --- End of inner exception stack trace ---",
        ],
        "System.IO.IOException: disk",
    ),
    "php": (
        [
            "[02-Jan-2026 03:05:00 UTC] PHP Fatal error:  Uncaught TypeError: f(): wrong argument in /app/a.php:3",
            "Stack trace:",
            "#0 /app/b.php(9): f(NULL)",
            "#1 {main}",
            "  thrown in /app/a.php on line 3",
        ],
        "PHP Fatal error",
    ),
}


@pytest.mark.parametrize("language", RECORDS)
def test_a_trace_is_one_finding_at_its_reason(tmp_path: Path, language: str) -> None:
    """Frames, suppressed and wrapping exceptions belong to the record; the innermost cause is cited."""
    lines, telling = RECORDS[language]
    (tmp_path / "api.log").write_text("\n".join([*AROUND, *lines, *AROUND]) + "\n")

    (finding,) = default_engine().triage(FileSource().collect([tmp_path]).artifacts).findings

    cited = [*AROUND, *lines, *AROUND][finding.span.line - 1]
    assert telling in cited
    assert (
        len(AROUND) < finding.span.line_start <= finding.span.line <= finding.span.line_end <= len(AROUND) + len(lines)
    )
    assert finding.count == 1


def test_the_reason_on_the_line_after_a_panic_is_quoted(tmp_path: Path) -> None:
    """Where a runtime puts the message below the place, both are shown."""
    (tmp_path / "api.log").write_text("\n".join([*AROUND, *RECORDS["rust"][0], *AROUND]) + "\n")

    (finding,) = default_engine().triage(FileSource().collect([tmp_path]).artifacts).findings

    assert "index out of bounds" in finding.text
