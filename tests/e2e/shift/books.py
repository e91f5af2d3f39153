"""What the desk owes the agent: each text written, for whom, and how far it had come when last seen."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum

TOKEN = re.compile(r"工\d{4}单")
KEPT_AFTER_S = 0.75
"""A draft is saved within 500 ms (DESIGN 1); the rest is the commit to a busy disk and the test's own reading."""


class Standing(IntEnum):
    """GONE: not long enough on the screen before a kill to be owed. TYPED: on the screen. KEPT: long enough for the store to have it. SENT: seen as a message."""

    GONE = 0
    TYPED = 1
    KEPT = 2
    SENT = 3


@dataclass
class Written:
    """One text that is the only one of its kind; ``ref`` is the conversation on the screen when it was begun."""

    token: str
    ref: str
    is_note: bool
    at: float
    standing: Standing = Standing.TYPED


@dataclass(frozen=True, slots=True)
class Stumble:
    """An act that did not come about, why, and the screen then."""

    act: str
    minute: float
    story: str


@dataclass
class Books:
    """The whole shift's account."""

    written: dict[str, Written] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    stumbles: list[Stumble] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    """What could not be done and rightly so, by its reason."""
    misplaced: list[str] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)

    def new_token(self) -> str:
        return f"工{len(self.written):04}单"

    def wrote(self, token: str, ref: str, at: float, *, is_note: bool = False) -> None:
        self.written[token] = Written(token, ref, is_note, at)

    def kept(self, *tokens: str) -> None:
        for token in tokens:
            self.written[token].standing = max(self.written[token].standing, Standing.KEPT)

    def sent(self, *tokens: str) -> None:
        for token in tokens:
            self.written[token].standing = Standing.SENT

    def taken_back(self, *tokens: str) -> None:
        for token in tokens:
            self.written[token].standing = Standing.KEPT

    def left(self, at: float) -> None:
        """The program ended at ``at``: what had been on the screen long enough is owed, the rest never will be."""
        for each in self.written.values():
            if each.standing is Standing.TYPED:
                each.standing = Standing.KEPT if at - each.at >= KEPT_AFTER_S else Standing.GONE

    def check_place(self, ref: str, composer: str) -> None:
        """Note every text that is shown under another conversation than the one it was written for."""
        for token in TOKEN.findall(composer):
            if token in self.written and not same_ref(self.written[token].ref, ref):
                self.misplaced.append(f"{token} of #{self.written[token].ref} shown under #{ref}")


def same_ref(one: str, other: str) -> bool:
    """Whether two short refs name one conversation; they grow when a new one begins alike."""
    return bool(one and other) and (one.startswith(other) or other.startswith(one))
