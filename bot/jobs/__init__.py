"""Slow or scheduled work, and what the handlers share."""
