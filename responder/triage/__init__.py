"""Pure code that reads everything and points at the lines that matter."""
