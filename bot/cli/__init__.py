"""The command line: `labelbot`."""

from bot.cli.main import main

__all__ = ["main"]
