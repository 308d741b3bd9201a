"""Fitting the likelihood table on labelled cases: reading them, the fit, its judgement on cases held out."""
