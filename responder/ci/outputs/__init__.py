"""What a pipeline reads: one comment, a summary, annotations, and the formats of GitLab, SARIF and JUnit viewers."""
