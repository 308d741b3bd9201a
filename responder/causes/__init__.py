"""Pure code that turns findings into ranked, numbered, testable hypotheses."""
