"""The hash-chained journal of a run, and how to check it."""
