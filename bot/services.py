"""What handlers and jobs work with: the settings, the open store, the frozen sample, the outbox, the clock."""

from __future__ import annotations

import contextlib
import datetime as dtm
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from analysis.records import Sample
from bot.botapi.outbox import Outbox
from bot.rules.roles import Role, role_of
from bot.rules.zones import zone_named
from bot.settings import Settings
from bot.views.card import CardOwner, mode_symbols
from bot.views.guides import Guide
from bot.views.screen import Screen
from bot.views.text import echo
from storage.backup import gone_by
from storage.errors import StorageError
from storage.records import Labeler
from storage.samples import FrozenSample
from storage.store import Store

Clock = Callable[[], float]
"""Gives the time: seconds since 1970, UTC."""
WARN_ADMINS_EVERY = 3600.0


@dataclass(slots=True)
class Services:
    """What handlers and jobs work with.

    Attributes:
        settings: The settings.
        guides: The guide of each mode.
        store: The open store.
        frozen: The frozen sample.
        outbox: What sends.
        clock: The time.
        username: The bot's own, without @; empty before the first contact.
        warned_admins_at: When the admins were last told of a problem, in seconds since 1970.
    """

    settings: Settings
    guides: Mapping[str, Guide]
    store: Store
    frozen: FrozenSample
    outbox: Outbox
    clock: Clock
    username: str = ""
    warned_admins_at: float = float("-inf")

    @property
    def sample(self) -> Sample:
        """The items that are labeled."""
        return self.frozen.sample

    @property
    def size(self) -> int:
        """How many items there are."""
        return len(self.frozen.sample.items)

    async def role(self, user_id: int) -> Role:
        """Return what a person may do."""
        labeler = await self.store.labelers.by_user(user_id)
        if labeler is None and self.settings.open_access and await self.store.deletions.is_banned(user_id):
            return Role.STRANGER  # sent away, then forgotten: only a new invitation lets such a person back
        return role_of(user_id, labeler, self.settings.admin_ids, open_access=self.settings.open_access)

    async def has_admin(self) -> bool:
        """Tell whether anybody is an admin: by ADMIN_IDS, or by the one-time link. Raises NotRead."""
        return bool(self.settings.admin_ids) or await self.store.labelers.has_admin()

    async def without_access(self) -> frozenset[int]:
        """Return the numbers of all labelers who may not label (any more). Raises NotRead."""
        admins, is_open = self.settings.admin_ids, self.settings.open_access
        people = await self.store.labelers.everybody()
        return frozenset(
            p.labeler_id
            for p in people
            if role_of(p.user_id, p, admins, open_access=is_open) is Role.STRANGER
        )

    async def labeler(self, user_id: int) -> Labeler:
        """Return the record of a person who may label; it is made at the first contact. Raises StorageError."""
        known = await self.store.labelers.by_user(user_id)
        if known is not None:
            return known
        admin = user_id in self.settings.admin_ids
        return await self.store.labelers.add(user_id, joined_at=self.clock() if admin else None)

    async def is_stored(self, user_id: int) -> bool:
        """Return whether anything about a person is stored: a record, or the hash of a ban. Raises NotRead."""
        if await self.store.labelers.by_user(user_id) is not None:
            return True
        return await self.store.deletions.is_banned(user_id)

    def mode(self, labeler: Labeler) -> str:
        """Return the question that somebody answers now: the chosen one, as long as it is asked."""
        return labeler.mode if labeler.mode in self.settings.modes else self.settings.modes[0]

    def backups_gone_by(self) -> str:
        """Return the date by which every automatic backup made so far is deleted; empty when there is none."""
        today = dtm.datetime.fromtimestamp(self.clock(), dtm.UTC).date()
        last = gone_by(self.settings.database_path, today)
        return last.isoformat() if last else ""

    async def own_counts(self, labeler: Labeler) -> list[tuple[str, int]]:
        """Return how many items somebody has labeled in each mode, in the order of LABEL_MODES. Raises NotRead."""
        sample_id, answers = self.frozen.sample_id, self.store.answers
        return [
            (mode, len((await answers.labels(sample_id, mode, labeler.labeler_id)).by_row))
            for mode in self.settings.modes
        ]

    def owner(self, labeler: Labeler, mode: str, sample_id: int | None = None) -> CardOwner:
        """Return whose card is drawn, and for which items: the sample's, or with `sample_id` those of another deck."""
        symbol = mode_symbols(self.settings.modes)[mode]
        items = self.frozen.sample_id if sample_id is None else sample_id
        return CardOwner(labeler.user_id, items, mode, symbol)

    async def zone(self, labeler_id: int) -> ZoneInfo:
        """Return the time zone of a labeler: the one chosen for reminders, else TIMEZONE. Raises NotRead."""
        reminder = await self.store.reminders.of(labeler_id)
        return zone_named(reminder.zone if reminder else None, self.settings.timezone)

    def midnight(self, zone: ZoneInfo) -> float:
        """Return when the present day began in a time zone, in seconds since 1970."""
        now = dtm.datetime.fromtimestamp(self.clock(), zone)
        return now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()

    async def warn_admins(self, problem: str) -> None:
        """Tell all admins of a problem, in plain text; within an hour only of the first one."""
        now = self.clock()
        if now - self.warned_admins_at >= WARN_ADMINS_EVERY:
            self.warned_admins_at = now
            await self.tell_admins(echo(problem, 500))

    async def tell_admins(self, text: str) -> None:
        """Queue a text of HTML for all admins; for those of ADMIN_IDS alone when the database cannot be read."""
        admins = set(self.settings.admin_ids)
        with contextlib.suppress(StorageError):  # what cannot be written can often not be read either
            people = await self.store.labelers.everybody()
            admins |= {p.user_id for p in people if p.admin and p.revoked_at is None}
        for admin in admins:
            self.outbox.message(admin, Screen(text))
