"""`python -m bot`: the same as `labelbot`."""

from bot.cli import main

if __name__ == "__main__":
    main()
