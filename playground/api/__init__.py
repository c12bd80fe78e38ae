"""The methods of the Bot API and how their parameters are checked."""
