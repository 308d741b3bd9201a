"""Names that identify machines and people, replaced in all that a model is sent and put back in all that it says."""
