"""From verified values to Markdown, JSON and HTML."""
