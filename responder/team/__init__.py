"""Magentic-One over a sandboxed Coder and a FileSurfer, with every model call behind one guard."""
