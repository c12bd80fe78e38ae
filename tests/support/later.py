"""The real bot with a clock that goes before the real one.

python -m tests.support.later SECONDS       `labelbot run`, so many seconds later
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time

from bot.log import set_up_logging
from bot.run import serve
from bot.settings import read_settings


async def main(seconds: float) -> None:
    """Serve until SIGTERM."""
    settings = read_settings(os.environ, needs=("TELEGRAM_BOT_TOKEN", "BASE_SAE_PATH"))
    set_up_logging(settings.log_level, settings.log_format, settings.secrets)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await serve(settings, stop, lambda: time.time() + seconds)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
