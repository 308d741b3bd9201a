"""The command line; `wiring` is the only place where things are built."""
