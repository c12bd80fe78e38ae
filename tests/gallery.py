"""Pictures of every kind of message, for looking at: `python -m tests.gallery FOLDER`.

It starts the demo and lives through a study in it: a sample labeled to its end, a second look, decisions, a focus set,
a file that changes, a reminder, the end of everything, and each command that the bot offers in private and in the
group. It takes a picture of each answer at three widths, light and dark, and says what is cut; nothing is committed.
It takes a quarter of an hour.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dtm
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from playwright.async_api import Page

from tests.support.browser import launched
from tests.support.page_pictures import WIDTHS, look, picture_of, picture_of_message, what_is_cut
from tests.support.phone import Phone
from tests.support.phone_chat import Chat
from tests.support.phone_messages import Message

ADMIN, OTHER, OFF_STAGE, GROUP = 1001, 1002, 1003, -2001
NOTE, NOTED = "Could be both: the words are about rules, the examples about how a list <b>looks</b>.", 12
MODEL = "deepseek-v3-0324"
SHIPPED = Path(__file__).parent.parent / "playground" / "data"
FOCUS_ITEMS = 40
LOOK = 0.35
"""Seconds before an answer: one that comes sooner after its card counts as a double tap."""
PATIENCE = 10.0
"""Seconds that the first report of a machine that does other things, too, may take."""
MORE = {  # commands that say more with words behind them
    "private": ["/label alignment", "/metrics deepseek alignment", "/remind 8:30", "/revoke labeler-04"],
    "group": ["/metrics deepseek", "/compare deepseek llama", "/subscribe deepseek", "/metrics nobody"],
}
DECIDING = {"yes", "keep", "change", "related", "not", "skip", "back", "begin"}
"""What a button that decides begins with."""


@contextlib.asynccontextmanager
async def demo(folder: str | None = None) -> AsyncIterator[str]:
    """The demo in a process of its own; its address. `folder`: where its data lie."""
    where = () if folder is None else ("--folder", folder)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--no-browser", *where, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async for line in process.stdout:
            if found := re.search(rb"http://127\.0\.0\.1:\d+", line):
                yield found[0].decode()
                break
        else:
            raise SystemExit("The demo did not start.")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await process.communicate()


def opinions(mode: str) -> dict[str, str]:
    """What people say here of each description: what a good model says, but for every ninth."""
    model, base = (
        json.loads((SHIPPED / name).read_text(encoding="utf-8"))
        for name in (f"classifications/demo-sae_{mode}_classified_{MODEL}.json", "demo-sae.json")
    )
    said = {}
    for place, (judged, feature) in enumerate(zip(model, base, strict=True)):
        related = (judged["label"] == "related") != (place % 9 == 7)
        said[feature["description"].strip()] = "Related" if related else "Not Related"
    return said


async def label(chat: Chat, said: Mapping[str, str], most: int = 500) -> None:
    """Answer cards, `most` of them or all that there are."""
    for _ in range(most):
        await chat.phone.settle(quiet=0.1)
        card = next((one for one in reversed(chat.from_bot) if one.has("Not Related")), None)
        if card is None:
            return
        words = said.get(card.text.partition("?\n")[2].strip(), "Not Related")
        await asyncio.sleep(LOOK)
        await chat.press(card.button(words).data, card)
    await chat.phone.settle(quiet=0.1)


class Gallery:
    """The page in a browser beside the chats that it shows."""

    def __init__(self, page: Page, phone: Phone, address: str) -> None:
        self.page, self.phone, self.address = page, phone, address
        self.cut: list[str] = []

    async def command(self, chat: Chat, text: str) -> None:
        """Send a command, and take a picture of what comes, also of what its first button brings."""
        await self.say(chat, text)
        after = max(chat.phone.mirror[chat.id])
        for message in [one for one in chat.from_bot if one.id > chat.sent_id and one.buttons]:
            button = message.buttons[0][0]
            if button.data and button.words.split()[0].lower() not in DECIDING:
                await chat.press(button.data, message)
                await self._show(chat, after, f"{text} {button.words}")

    async def say(self, chat: Chat, text: str, name: str = "", reply_to: int | None = None) -> None:
        """Write something, and take a picture of what comes."""
        await chat.send(text, reply_to=reply_to)
        await self._show(chat, chat.sent_id, name or text)

    async def tap(self, chat: Chat, words: str, name: str, *, brings: bool = False) -> None:
        """Tap a button of the newest message that has it; take a picture of that message, and of what it `brings`."""
        message = next(one for one in reversed(chat.from_bot) if one.has(words))
        after = max(chat.phone.mirror[chat.id])
        await asyncio.sleep(LOOK)
        await chat.press(message.button(words).data, message)
        await self.phone.settle(quiet=1.5, seconds=60)
        if (changed := chat.message(message.id)) is not None:
            await self._take(chat, changed, name)
        if brings:
            await self._show(chat, after, f"{name} then")

    async def notice(self, chat: Chat, words: str, name: str) -> None:
        """Tap in the page itself, and take pictures of the screen while the notice stands."""
        await self._open(chat)
        await asyncio.sleep(LOOK)
        await self.page.get_by_role("button", name=re.compile(rf"^(\W+ )?{words}$")).last.click()
        await self.page.locator(".notice").wait_for()
        for width in WIDTHS:
            await picture_of(self.page, width, False, name)

    async def arrives(self, chat: Chat, after: int, name: str, seconds: float) -> None:
        """Wait for a message that nobody asked for, and take a picture of it."""
        await chat.reply(after=after, seconds=seconds)
        await self._show(chat, after, name)

    async def _show(self, chat: Chat, after: int, name: str) -> None:
        with contextlib.suppress(AssertionError):  # some taps bring nothing new
            await chat.reply(after=after, seconds=PATIENCE)
        await self.phone.settle(quiet=1.5, seconds=60)
        for message in [one for one in chat.from_bot if one.id > after]:
            await self._take(chat, message, name)

    async def _take(self, chat: Chat, message: Message, name: str) -> None:
        await self._open(chat)
        name = f"{'group' if chat.id < 0 else 'private'} {name} {message.id}"
        for width in WIDTHS:
            for dark in (False, True):
                await picture_of_message(self.page, message.id, width, dark, name)
            self.cut += [f"{name}, {width} px: {one}" for one in await what_is_cut(self.page, message.id)]

    async def _open(self, chat: Chat) -> None:
        await self.page.goto(f"{self.address}/#chat/{chat.id}")


async def first_sitting(gallery: Gallery, mine: Chat) -> None:
    """The welcome, notes, the notice of a sitting, and all of the sample in one mode."""
    said = opinions("alignment")
    await gallery.command(mine, "/start")
    await gallery.say(mine, NOTE, "note", reply_to=mine.card.id)
    await gallery.say(mine, NOTE, "note on no card", reply_to=mine.from_bot[0].id)
    await gallery.say(mine, "hello")
    for _ in range(NOTED):
        await label(mine, said, 1)
        await mine.send(NOTE, reply_to=mine.card.id)
    await label(mine, said, 19 - NOTED)
    await gallery.notice(mine, "Not Related", "sitting")
    await gallery.tap(mine, "Back", "back")
    await gallery.say(mine, "/progress", "progress half way")
    await label(mine, said)
    await gallery.say(mine, "/label", "summary")


async def second_look(gallery: Gallery, mine: Chat) -> None:
    """A review and decisions, both to their ends."""
    for command, first, then in (
        ("/review gemini alignment", "Change to", "Keep"),
        ("/adjudicate alignment", "Not Related", "Skip"),
    ):
        await gallery.say(mine, command)
        for turn in range(60):
            words = [button.words for row in mine.last.buttons for button in row]
            begins = first if turn < 2 else then
            if not (wanted := [one for one in words if one.startswith(begins)]):
                break
            if turn < 3:
                await gallery.tap(mine, wanted[0], f"{command} {turn}")
            else:
                await asyncio.sleep(LOOK)
                await mine.press(mine.last.button(wanted[0]).data, mine.last)
                await mine.phone.settle(quiet=0.1)
        await gallery._take(mine, mine.last, f"{command} end")
    await gallery.command(mine, "/metrics deepseek alignment")


async def focus_set(gallery: Gallery, mine: Chat, theirs: Chat, folder: str) -> None:
    """A focus set from its offer to its report, and what is said when the model's file changes."""
    said = opinions("alignment")
    await gallery.say(mine, f"/focus deepseek gemini {FOCUS_ITEMS}")
    await gallery.say(mine, f"/focus deepseek {FOCUS_ITEMS}")
    await gallery.tap(mine, "Begin", "focus begin", brings=True)
    await gallery.say(mine, "/label alignment", "focus card")
    await gallery.say(mine, NOTE, "focus note", reply_to=mine.card.id)
    await label(mine, said)
    await gallery.say(mine, "/label alignment", "focus end")
    await gallery.say(mine, "/focus", "focus half way")
    before = max(mine.phone.mirror[mine.id])
    await theirs.send("/label alignment")
    await label(theirs, said)
    await gallery.arrives(mine, before, "focus complete", 10)
    await gallery.command(mine, "/metrics deepseek alignment")
    await gallery.say(mine, "/focus deepseek 30", "focus once more")
    path = Path(folder) / "classifications" / f"demo-sae_alignment_classified_{MODEL}.json"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    await gallery.say(mine, "/metrics deepseek alignment", "focus changed file")


async def reminder(gallery: Gallery, other: Chat) -> None:
    """A reminder at the next minute but one, for somebody who has not labeled within the hour."""
    due = dtm.datetime.now(dtm.UTC) + dtm.timedelta(minutes=2)
    await gallery.say(other, f"/remind {due:%-H:%M}", "remind")
    await gallery.arrives(other, max(other.phone.mirror[other.id]), "reminder", 200)
    await gallery.say(other, "/remind off")


async def main(folder: str) -> None:
    """Take all pictures and say what was cut."""
    os.environ["LABELBOT_PICTURES"] = folder
    with tempfile.TemporaryDirectory() as data:
        async with demo(data) as address, Phone.connect(address) as phone, launched() as browser:
            gallery = Gallery(await browser.new_page(device_scale_factor=2), phone, address)
            mine, group = phone.chat(ADMIN), phone.chat(GROUP, ADMIN)
            await first_sitting(gallery, mine)
            await gallery.say(mine, "/label alignment", "end of a mode")
            await second_look(gallery, mine)
            await focus_set(gallery, mine, await phone.person("Labeler 3", OFF_STAGE), data)
            await reminder(gallery, phone.chat(OTHER))
            for chat, kind in ((mine, "private"), (group, "group")):
                for text in [f"/{one['command']}" for one in await chat.menu()] + MORE[kind]:
                    await gallery.command(chat, text)
            await mine.send("/label formatting")
            await label(mine, opinions("formatting"))
            for text in ("/label", "/progress", "/remind 8:30"):
                await gallery.say(mine, text, f"{text} at the end of everything")
            await broken_model(gallery, group, data)
            for width in WIDTHS:
                await look(gallery.page, width)
                for name, anchor in (
                    ("list", ""),
                    ("private", f"#chat/{ADMIN}"),
                    ("group", f"#chat/{GROUP}"),
                ):
                    await gallery.page.goto(f"{address}/{anchor}")
                    await gallery.page.screenshot(path=Path(folder) / f"{name}-{width}.png")
    print("\n".join(dict.fromkeys(gallery.cut)) or "Nothing is cut.")  # noqa: T201 - it says what it found


async def broken_model(gallery: Gallery, group: Chat, folder: str) -> None:
    """All models, one of whose files cannot be used."""
    path = Path(folder) / "classifications" / "demo-sae_alignment_classified_mistral-7b.json"
    path.write_text("[", encoding="utf-8")
    for text in ("/models", "/metrics mistral"):
        await gallery.command(group, text)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tests.gallery FOLDER")
    asyncio.run(main(sys.argv[1]))
