"""A local stand-in for Telegram: the Bot API over HTTP, strict as the real one, and a phone to look at in the browser.

``python -m playground`` starts it; tests use ``playground.emulator.Playground`` and ``playground.http.server.serving``.
"""
