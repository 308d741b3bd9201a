"""The only place where things are built: the stages, a run, a run that is repeated."""
