"""Where inputs come from, opened safely and never altered."""
