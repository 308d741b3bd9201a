"""The bundled incidents, written by code so that their timings agree across services and can be read and changed."""
