"""From what the agents did and said to typed claims; what is only said is checked or struck."""
