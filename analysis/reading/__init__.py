"""Base files, classification files and label files, read into records and frames."""
