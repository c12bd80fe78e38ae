"""The command line: `labelbot`."""

# What is imported here takes most of the first tenth of a second; Ctrl-C in it is no reason for a traceback.
try:
    from bot.cli.main import main
except KeyboardInterrupt:
    raise SystemExit(130) from None

__all__ = ["main"]
