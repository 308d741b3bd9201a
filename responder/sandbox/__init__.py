"""The only place where agent code runs."""
