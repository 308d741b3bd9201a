"""What the agents are told: the evidence pack, the task, the rules."""
