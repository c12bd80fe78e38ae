"""The line to Telegram: requests out, updates in, in order and never twice."""
