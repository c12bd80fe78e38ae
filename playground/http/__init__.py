"""The HTTP server: the Bot API, the control API and the page."""
