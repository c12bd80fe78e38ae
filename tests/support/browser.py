"""A headless Chromium for tests that look at the playground's page.

    from tests.support.browser import browser_fixture, needs_browser, visit  # noqa: F401 # the fixture "browser"

    pytestmark = needs_browser

    async def test_something(browser):
        async with visit(browser, address, size="phone") as page:
            await page.get_by_role("link", name="Lab group").click()

``visit`` fails at its end when the page reported an error in the console, when a response was an error, or when a
request went anywhere but to the playground's own address.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    ViewportSize,
    WebError,
    async_playwright,
    expect,
)

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
RUNNING = pytest.StashKey[Browser]()
WAIT_MS = 10_000
expect.set_options(timeout=WAIT_MS)


def find_chromium() -> Path | None:
    """Returns the Chromium of this machine, or None."""
    found = (shutil.which(name) for name in NAMES)
    return next((Path(path) for path in found if path), None)


needs_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(
        find_chromium() is None,
        reason="no Chromium on this machine: with Debian, apt-get install chromium",
    ),
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest_asyncio.fixture(name="browser", scope="session", loop_scope="session")
async def browser_fixture(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    """Give one browser for the whole run, in whichever module its first test is."""
    stash = request.config.stash
    if (running := stash.get(RUNNING, None)) is not None:
        yield running
        return
    async with launched() as started:
        stash[RUNNING] = started
        yield started
        del stash[RUNNING]


@contextlib.asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """Gives a headless Chromium that can reach nothing but 127.0.0.1; for scripts, too."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield started
        await started.close()


@dataclass
class Watch:
    """What went wrong on a page. ``forgiven`` is a pattern of problems that a test brings about itself."""

    home: str
    forgiven: str = ""
    problems: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def over(self, context: BrowserContext) -> Iterator[None]:
        """Looks at everything in the context while the block runs."""
        listeners = {
            "request": self._request,
            "response": self._response,
            "console": self._console,
            "weberror": self._error,
        }
        for event, listener in listeners.items():
            context.on(event, listener)  # type: ignore[call-overload] # one overload for each event
        try:
            yield
        finally:
            for event, listener in listeners.items():
                context.remove_listener(event, listener)

    def check(self) -> None:
        """Fails with everything that went wrong."""
        assert self.asked, "the page asked for nothing at all"
        problems = [one for one in self.problems if not (self.forgiven and re.search(self.forgiven, one))]
        assert not problems, "\n".join(problems)

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != self.home:
            self.problems.append(f"a request leaves the playground: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"status {response.status}: {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.problems.append(f"exception: {error.error}")


@dataclass(frozen=True, slots=True)
class Look:
    """How a window looks: ``size`` is a key of SIZES, ``scheme`` light or dark. Motion only costs a test time."""

    size: str = "phone"
    scheme: str = "light"
    reduced_motion: bool = True

    @contextlib.asynccontextmanager
    async def page(self, browser: Browser) -> AsyncIterator[Page]:
        """Gives an empty window that looks like that.

        It is shared, because a new one costs as much as what is done in it; nothing is left behind in it, as the page
        keeps nothing in the browser.
        """
        shared = _windows.setdefault(browser, {})
        if self not in shared:
            shared[self] = await self._opened(browser)
        page = shared[self]
        try:
            yield page
        finally:
            for one in page.context.pages[1:]:
                await one.close()
            await page.goto("about:blank")
            await page.set_viewport_size(self._viewport)
            await page.emulate_media(color_scheme=self._scheme, reduced_motion=self._motion)

    async def _opened(self, browser: Browser) -> Page:
        context = await browser.new_context(
            viewport=self._viewport,
            color_scheme=self._scheme,
            reduced_motion=self._motion,
            has_touch=self.size == "phone",
            is_mobile=self.size == "phone",
            locale="en-GB",
            timezone_id="UTC",
        )
        context.set_default_timeout(WAIT_MS)
        return await context.new_page()

    @property
    def _viewport(self) -> ViewportSize:
        width, height = SIZES[self.size]
        return {"width": width, "height": height}

    @property
    def _scheme(self) -> Literal["dark", "light"]:
        return "dark" if self.scheme == "dark" else "light"

    @property
    def _motion(self) -> Literal["reduce", "no-preference"]:
        return "reduce" if self.reduced_motion else "no-preference"


_windows: WeakKeyDictionary[Browser, dict[Look, Page]] = WeakKeyDictionary()


@contextlib.asynccontextmanager
async def visit(browser: Browser, address: str, *, forgiven: str = "", **look: Any) -> AsyncIterator[Page]:
    """Gives the page at ``address`` (of the playground), once it shows its chats; ``look`` are the fields of Look.

    Fails at the end with what went wrong, except problems that match the pattern ``forgiven``.
    """
    watch = Watch(address.rstrip("/"), forgiven)
    async with Look(**look).page(browser) as page:
        with watch.over(page.context):
            await page.goto(address)
            await expect(
                page.get_by_role("navigation", name="Chats").get_by_role("link").first
            ).to_be_visible()
            yield page
            watch.check()
