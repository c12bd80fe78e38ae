"""Label files, metrics files, tables and pictures."""
