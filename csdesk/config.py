"""Settings: one frozen tree, every field with its default and what it is for.

The file is TOML. It is read strictly, because a setting that is silently ignored is worse
than none: an unknown key names the nearest known one, a wrong value says what is allowed.
Decoding is our own walk over the dataclasses, not msgspec's: the sentences can then be
translated, and msgspec stays out of the modules loaded before the first frame.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from csdesk.errors import UsageError
from csdesk.i18n import N_, _

if TYPE_CHECKING:
    from csdesk.config_reading import Described

DAY_S = 86_400
RETENTION_DAYS_MOST = 36_500
_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-\u2013~]\s*([01]?\d|2[0-3]):([0-5]\d)")


def _about(doc: str, *, most: int | None = None) -> Mapping[str, Any]:
    """What a field is for (an English msgid), and the highest number it takes."""
    return {"doc": doc, "most": most}


def _value(default: object, doc: str, *, most: int | None = None) -> Any:
    """A field with its default, what it is for and the highest number it takes."""
    return field(default=default, metadata=_about(doc, most=most))


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Who works here."""

    name: str = field(default="", metadata=_about(N_("Your name as agent; empty means your login name.")))


@dataclass(frozen=True, slots=True)
class UiSettings:
    """How the screen looks and behaves."""

    language: Literal["auto", "en", "zh_CN"] = field(
        default="auto", metadata=_about(N_("Language of the screen; auto follows the locale."))
    )
    theme: Literal["dark", "light", "contrast", "terminal"] = field(
        default="dark", metadata=_about(N_("Colours; terminal keeps the colours of your terminal."))
    )
    glyphs: Literal["unicode", "ascii"] = field(
        default="unicode", metadata=_about(N_("Signs; ascii is for fonts that lack the others."))
    )
    density: Literal["cosy", "compact"] = _value(
        "cosy", N_("Lines for each conversation of the queue: cosy two, compact one.")
    )
    enter_sends: bool = _value(
        True, N_("Enter sends a chat reply; false makes it a new line. Ctrl+S always sends.")
    )
    bell: bool = _value(True, N_("Ring the bell with every alert about customers who wait."))


@dataclass(frozen=True, slots=True)
class TerminalSettings:
    """What the terminal is asked to do."""

    kitty_keys: Literal["off", "on", "auto"] = _value(
        "off", N_("Kitty keyboard protocol; off, because it breaks Chinese input in many terminals.")
    )


@dataclass(frozen=True, slots=True)
class TierLimits:
    """Limits for one tier, where they differ from the queue's."""

    amber_after_s: int | None = field(
        default=None, metadata=_about(N_("Amber for this tier; unset means as in [queue]."), most=DAY_S)
    )
    red_after_s: int | None = field(
        default=None, metadata=_about(N_("Red for this tier; unset means as in [queue]."), most=DAY_S)
    )


@dataclass(frozen=True, slots=True)
class Tiers:
    """Limits by tier of contact."""

    A: TierLimits = field(default_factory=TierLimits)
    B: TierLimits = field(default_factory=TierLimits)
    C: TierLimits = field(default_factory=TierLimits)


@dataclass(frozen=True, slots=True)
class WaitLimits:
    """When a wait turns amber and red, in ms."""

    amber_ms: int
    red_ms: int


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """When a wait is long. The defaults are the first-answer goal and three minutes (seed 003)."""

    amber_after_s: int = _value(100, N_("Seconds of waiting until a row turns amber."), most=DAY_S)
    red_after_s: int = _value(180, N_("Seconds of waiting until a row turns red."), most=DAY_S)
    tiers: Tiers = field(default_factory=Tiers)

    def limits(self, tier: str | None = None) -> WaitLimits:
        """The limits that hold for a contact of ``tier`` (``A``, ``B``, ``C`` or none)."""
        own = getattr(self.tiers, tier, None) if tier else None
        amber = self.amber_after_s if own is None or own.amber_after_s is None else own.amber_after_s
        red = self.red_after_s if own is None or own.red_after_s is None else own.red_after_s
        return WaitLimits(amber * 1000, red * 1000)


@dataclass(frozen=True, slots=True)
class SendingSettings:
    """How long a reply can still be taken back."""

    hold_chat_s: int = _value(
        3, N_("Seconds a chat reply is held before it leaves; 0 sends at once."), most=600
    )
    hold_mail_s: int = _value(30, N_("Seconds a mail is held before it leaves; 0 sends at once."), most=3600)


def _field(default: bool | str, doc: str) -> Any:
    """A field, and what it is for."""
    return field(default=default, metadata=_about(doc))


def _table(doc: str, *, most: int | None = None) -> Any:
    """A free table, empty until somebody writes into it."""
    return field(default_factory=lambda: MappingProxyType({}), metadata=_about(doc, most=most))


@dataclass(frozen=True, slots=True)
class TransferSettings:
    """Whether a colleague is asked before a conversation is theirs."""

    ask: Literal["hub", "always", "never"] = _value(
        "hub", N_("Ask a colleague before they get a conversation: with a team's hub, always or never.")
    )
    answer_minutes: int = _value(3, N_("Minutes they have to answer; then it stays with you."), most=1440)


@dataclass(frozen=True, slots=True)
class AvailabilitySettings:
    """When an agent counts as away (DESIGN 10)."""

    auto_away: bool = field(
        default=True, metadata=_about(N_("Away by itself when nothing is pressed; false leaves it to you."))
    )
    idle_minutes: int = field(
        default=5, metadata=_about(N_("Minutes without a key until you count as away; 0 is never."), most=480)
    )
    idle_minutes_when_waiting: int = field(
        default=2,
        metadata=_about(N_("As idle_minutes, while one of your customers waits too long."), most=480),
    )
    countdown_s: int = field(
        default=30, metadata=_about(N_("Seconds that you are warned before you are away."), most=600)
    )
    capacity: int = field(
        default=0,
        metadata=_about(N_("How many chats you take at once; 0 is what `csdesk agent` says."), most=100),
    )


WAIT_MOST_S = 300
"""A please-wait text still reaches somebody who wrote five minutes after an agent: no longer than this."""


@dataclass(frozen=True, slots=True)
class TierWaits:
    """After how long the please-wait text goes, by tier of contact."""

    A: int | None = field(
        default=None, metadata=_about(N_("For tier A; unset means wait_after_s."), most=WAIT_MOST_S)
    )
    B: int | None = field(
        default=None, metadata=_about(N_("For tier B; unset means wait_after_s."), most=WAIT_MOST_S)
    )
    C: int | None = field(
        default=None, metadata=_about(N_("For tier C; unset means wait_after_s."), most=WAIT_MOST_S)
    )


@dataclass(frozen=True, slots=True)
class AutomaticSettings:
    """Which automatic texts customers get, when it is open, and what the texts say (DESIGN 10)."""

    ack: bool = _field(True, N_("Tell who mails that the mail is here, and when a full answer comes."))
    hours: bool = _field(True, N_("Tell who writes while it is closed or all are offline."))
    away: bool = _field(True, N_("Tell customers who wait that nobody is there, once for each absence."))
    busy: bool = _field(True, N_("Tell who writes that all of you are busy or on hold."))
    welcome: bool = _field(False, N_("Welcome who begins a conversation, when somebody is there."))
    wait: bool = _field(True, N_("Ask who has waited wait_after_s to wait a moment."))
    closing: bool = _field(False, N_("Say goodbye once a conversation is resolved; see the guide."))
    wait_after_s: int = field(
        default=100,
        metadata=_about(N_("Seconds without an answer until the please-wait text goes."), most=WAIT_MOST_S),
    )
    answer_minutes: int = field(
        default=240,
        metadata=_about(
            N_("Open minutes within which a mail has its full answer; it is told so."), most=14_400
        ),
    )
    notice: str = _field("", N_("The shop notice: who begins a conversation is told it once."))
    notice_from: str = _field("", N_('From when the notice holds, "2026-11-11 00:00"; empty is at once.'))
    notice_until: str = _field("", N_('Until when it holds, "2026-11-12 00:00"; empty is without end.'))
    holidays: str = _field("", N_('Days that are closed: "2026-10-01..2026-10-07, 2027-01-01".'))
    workdays: str = _field(
        "", N_('Days that are worked after all, with whose hours: "2026-10-10, 2026-09-27=fri".')
    )
    wait_tiers: TierWaits = field(default_factory=TierWaits)
    open: Mapping[str, str] = _table(
        N_('Business hours by inbox, or all: web = "mon-fri 09:00-18:00 Asia/Shanghai".')
    )
    inboxes: Mapping[str, str] = _table(
        N_('Which texts an inbox sends instead: web = "welcome, wait, away"; none is a dash.')
    )
    texts: Mapping[str, str] = _table(
        N_("Your own words, by rule and language, or inbox, rule and language: away.zh, web.away.zh.")
    )

    def wait_ms(self, tier: str | None) -> int:
        """After how long without an answer a contact of ``tier`` is asked to wait."""
        own = getattr(self.wait_tiers, tier, None) if tier else None
        return (self.wait_after_s if own is None else int(own)) * 1000


@dataclass(frozen=True, slots=True)
class AttachmentSettings:
    """What is kept of files that come with messages."""

    size_limit_mb: int = _value(
        25, N_("Megabytes: of a larger file only name and size are kept; 0 keeps no files."), most=2_000
    )
    folder: str = _value("", N_("Where attachments are saved; empty means your Downloads folder."))
    fetch_limit_mb: int = _value(
        8, N_("Megabytes: smaller files of open conversations come from the hub by themselves."), most=2_000
    )


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """How customers who wait make themselves heard."""

    is_on: bool = _value(True, N_("Tell me of customers who wait too long; false is silence."))
    new_waits: Literal["first", "all", "none"] = _value(
        "first",
        N_("Which new waits are told at once: those of tier A and the first after a lull, all, or none."),
    )
    whose: Literal["mine", "all"] = _value(
        "mine", N_("Whose customers: mine and those nobody has claimed, or everybody's.")
    )
    gap_s: int = _value(
        60,
        N_("Seconds between two bells or notifications; what comes meanwhile is told together."),
        most=3600,
    )
    quiet_hours: str = _value(
        "", N_('When to hold alerts back, "22:00-08:00" in local time; empty is never.')
    )
    notify: Literal["auto", "off", "osc9", "osc777", "osc99"] = _value(
        "auto", N_("How the terminal is asked to show a notification; auto goes by the terminal.")
    )
    notify_when: Literal["unseen", "always"] = _value(
        "unseen", N_("Notifications while you look elsewhere or are away, or always.")
    )
    title: bool = _value(True, N_("Show in the terminal's title how many wait, and how long."))

    def quiet_minutes(self) -> tuple[int, int] | None:
        """The quiet hours as minutes of the day; None without any. Raises ValueError for another text."""
        if not self.quiet_hours.strip():
            return None
        found = _HOURS.fullmatch(self.quiet_hours.strip())
        if found is None:
            raise ValueError(self.quiet_hours)
        start, until = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3))
        return start, until


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """Whom the customers write to."""

    name: str = _value("", N_("Name of the shop, for quick replies: {{ shop.name }}."))
    discount_percent: int | None = _value(
        None, N_("Largest price cut an agent may promise, in percent; unset checks none."), most=100
    )
    return_days: int | None = _value(
        None, N_("Days in which goods may come back; unset checks none."), most=3650
    )
    forbidden_promises: str = _value("", N_("Words of promises nobody may make, with commas between."))


@dataclass(frozen=True, slots=True)
class EtiquetteSettings:
    """How much the etiquette check says."""

    profile: Literal["normal", "strict", "off"] = _value(
        "normal", N_("Etiquette check while you write: strict for trainees, normal, or off.")
    )


@dataclass(frozen=True, slots=True)
class ReplySettings:
    """Where quick replies are read from, besides those that come with the program."""

    personal_folder: str = _value(
        "", N_("Folder of your own packs; empty means quick_replies in the data folder.")
    )
    team_folder: str = _value(
        "", N_("Folder of the team's packs, such as one that is shared; empty means team in your own.")
    )


@dataclass(frozen=True, slots=True)
class TrainerSettings:
    """What is practised, and how it is scored."""

    folder: str = field(
        default="", metadata=_about(N_("Folder of own scenarios; empty means scenarios in the data folder."))
    )
    weights: Mapping[str, int] = _table(
        N_("Own weights of the score by dimension, answered = 40; the others keep theirs."), most=1000
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; ``Settings()`` is what holds without a file."""

    agent: AgentSettings = field(default_factory=AgentSettings)
    ui: UiSettings = field(default_factory=UiSettings)
    terminal: TerminalSettings = field(default_factory=TerminalSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
    sending: SendingSettings = field(default_factory=SendingSettings)
    transfer: TransferSettings = field(default_factory=TransferSettings)
    availability: AvailabilitySettings = field(default_factory=AvailabilitySettings)
    automatic: AutomaticSettings = field(default_factory=AutomaticSettings)
    attachments: AttachmentSettings = field(default_factory=AttachmentSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    shop: ShopSettings = field(default_factory=ShopSettings)
    etiquette: EtiquetteSettings = field(default_factory=EtiquetteSettings)
    replies: ReplySettings = field(default_factory=ReplySettings)
    trainer: TrainerSettings = field(default_factory=TrainerSettings)
    retention: Mapping[str, int] = _table(
        N_("Days that words of resolved conversations are kept, by inbox: web = 365. See csdesk retention."),
        most=RETENTION_DAYS_MOST,
    )
    keymap: Mapping[str, str] = _table(
        N_('Own keys: the id of an action and its keys, "queue.longest" = "f8,f12".')
    )


def load(path: Path) -> Settings:
    """The settings of the file at ``path``; the defaults when there is none.

    Raises UsageError naming the file and the line (broken TOML) or the key (anything else).
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise UsageError(
            "config.unreadable",
            _("The settings file {file} cannot be read: {reason}.").format(file=path, reason=error.strerror),
            _("Check that it is a file and that you may read it."),
        ) from error
    from csdesk.config_reading import parse  # a start without a file does without it

    return decode(parse(raw, path), path)


def decode(data: Mapping[str, Any], path: Path) -> Settings:
    """TOML tables to Settings; ``path`` is only named in errors."""
    from csdesk.config_checks import check  # a start without a file does without them
    from csdesk.config_reading import Reader

    settings: Settings = Reader(path, lambda: [each.key for each in describe()]).table(Settings, data, "")
    check(settings, path)
    return settings


def describe(settings: Settings | None = None) -> tuple[Described, ...]:
    """Every setting with what it allows, its default and its value in ``settings``."""
    from csdesk.config_reading import described

    return tuple(described(Settings(), settings or Settings(), ""))
