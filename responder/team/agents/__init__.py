"""The two agents of the team: the Coder over the sandbox, the FileSurfer over the staged copies."""
