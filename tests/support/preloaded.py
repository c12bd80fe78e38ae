"""What tests import that the bot does not; a fork server imports it once for all workers.

Not here: what pytest itself wants to import, such as plugins and test modules, because it rewrites their assertions.
"""

# ruff: noqa: F401

from __future__ import annotations

import playwright.async_api
import scipy.stats
import sklearn.metrics
import uvicorn

from playground.api import schema

schema.load()
