"""Every figure of a report, each with its interval or the reason why it has no value."""
