"""The bounded, read-only copies that agents may open."""
