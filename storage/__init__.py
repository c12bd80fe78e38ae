"""SQLite behind methods named in the program's words; they take and return records, never rows."""
