"""Pure functions from records to texts and buttons."""
