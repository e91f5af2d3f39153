"""What must hold when the shift is over, compared with what the store holds."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from csdesk.store import connect, verify
from tests.e2e.shift.acts import ACTS
from tests.e2e.shift.books import TOKEN, Books, Standing, same_ref
from tests.e2e.shift.plan import Shift
from tests.e2e.shift.watch import Sample, Seen

GROWTH_LIMIT = 0.10
STUMBLES_ALLOWED = 0.01
"""A machine may stop for seconds; two acts of a short shift, one in a hundred of a whole one."""

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the summary."""

    name: str
    is_met: bool
    figure: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a token was found: ``place`` is the ref, ``thread`` the customer to whom the channel gave it."""

    token: str
    ref: str
    sender: str
    delivery: str
    was_given_to: str
    belongs_to: str


_MESSAGES = """
SELECT m.text, c.ref, m.sender, coalesce(m.delivery, ''), coalesce(m.external_id, ''), coalesce(c.thread, '')
FROM message m JOIN conversation c ON c.id = m.conversation WHERE m.sender IN ('agent', 'note')
"""
_DRAFTS = "SELECT d.text, c.ref, d.mode FROM draft d JOIN conversation c ON c.id = d.conversation"


def _read(store: Path) -> tuple[list[Kept], list[tuple[str, str, str]], int]:
    """Tokens in messages; tokens in drafts with their ref and mode; how many conversations there are."""
    connection = connect.open_reader(store)
    try:
        said = [
            Kept(token, ref, sender, delivery, external_id.partition("/out/")[0], thread)
            for text, ref, sender, delivery, external_id, thread in connection.execute(_MESSAGES)
            for token in dict.fromkeys(TOKEN.findall(text))
        ]
        drafts = [
            (token, ref, mode)
            for text, ref, mode in connection.execute(_DRAFTS)
            for token in dict.fromkeys(TOKEN.findall(text))
        ]
        (count,) = connection.execute("SELECT count(*) FROM conversation").fetchone()
    finally:
        connection.close()
    return said, drafts, count


def all_checks(store: Path, shift: Shift, books: Books, seen: Seen, traces: list[str]) -> list[Check]:
    """Every promise of the shift, kept or not."""
    said, drafts, count = _read(store)
    return [
        _lost(books, said, drafts),
        _wrong(books, said, drafts),
        _twice(said),
        Check("tracebacks", not traces, str(len(traces)), tuple(traces)),
        _crashes(books),
        _memory(shift, seen.memory),
        _announced(seen),
        _shown(seen),
        _verified(store),
        Check("conversations", count >= shift.conversations, f"{count} (at least {shift.conversations})"),
        _acts(shift, books),
    ]


def _lost(books: Books, said: list[Kept], drafts: list[tuple[str, str, str]]) -> Check:
    sent = {each.token for each in said}
    kept = sent | {token for token, _ref, _mode in drafts}
    lost = [
        f"{each.token} for #{each.ref}: {each.standing.name}"
        for each in books.written.values()
        if (each.standing is Standing.SENT and each.token not in sent)
        or (each.standing is Standing.KEPT and each.token not in kept)
    ]
    return Check("lost drafts and replies", not lost, f"{len(lost)} of {len(books.written)}", tuple(lost))


def _wrong(books: Books, said: list[Kept], drafts: list[tuple[str, str, str]]) -> Check:
    wrong = list(books.misplaced)
    for each in said:
        written = books.written[each.token]
        if not same_ref(written.ref, each.ref):
            wrong.append(f"{each.token} for #{written.ref} is in #{each.ref}")
        if each.was_given_to and each.was_given_to != each.belongs_to:
            wrong.append(f"{each.token} of #{each.ref} was delivered to {each.was_given_to}")
        if written.is_note is not (each.sender == "note"):
            wrong.append(
                f"{each.token}: {'a note' if written.is_note else 'a reply'} was taken as {each.sender}"
            )
    for token, ref, _mode in drafts:
        if not same_ref(books.written[token].ref, ref):
            wrong.append(f"{token} for #{books.written[token].ref} is a draft of #{ref}")
    delivered = sum(bool(each.was_given_to) for each in said)
    return Check("wrong recipients", not wrong, f"{len(wrong)} of {delivered} delivered", tuple(wrong))


def _twice(said: list[Kept]) -> Check:
    twice = [token for token, times in Counter(each.token for each in said).items() if times > 1]
    return Check("sent twice", not twice, str(len(twice)), tuple(twice))


def _crashes(books: Books) -> Check:
    bad = [*books.crashes, *(f"left with {code}" for code in books.exits if code)]
    return Check(
        "crashes", not bad, f"{len(bad)} in {len(books.exits) + len(books.crashes)} ends", tuple(bad)
    )


def _memory(shift: Shift, runs: list[list[Sample]]) -> Check:
    """The worst of all programs that ran for two hours of the shift or longer: its end beside its first hour."""
    hour_s = HOUR_S / shift.speed
    found = []
    for run in runs:
        if not run or run[-1].age_s < 2 * hour_s:
            continue
        first = [each.kib for each in run if 0.85 * hour_s <= each.age_s <= 1.15 * hour_s]
        last = [each.kib for each in run if each.age_s >= run[-1].age_s - 0.3 * hour_s]
        if first and last:
            found.append(
                (median(last) / median(first) - 1, median(first), median(last), run[-1].age_s / hour_s)
            )
    if not found:
        return Check("memory after the first hour", not shift.is_whole, "no program ran for two hours")
    growth, first_kib, last_kib, hours = max(found)
    figure = f"{growth:+.1%} ({first_kib / 1024:.1f} MB at 1 h, {last_kib / 1024:.1f} MB at {hours:.1f} h)"
    return Check("memory after the first hour", growth < GROWTH_LIMIT, figure)


def _announced(seen: Seen) -> Check:
    missed = [f"conversation {key[0]}" for key, wait in seen.waits.items() if wait.is_missed]
    figure = f"{len(seen.waits) - len(missed)} of {len(seen.waits)} waits over the limit"
    return Check("announced", not missed and not seen.failures, figure, (*missed, *seen.failures))


def _shown(seen: Seen) -> Check:
    told = [wait for wait in seen.waits.values() if wait.announced_at is not None and not wait.is_missed]
    hidden = [wait for wait in told if not wait.is_shown]
    figure = f"{len(told) - len(hidden)} of {len(told)} on the screen, {seen.bells} bells"
    return Check("announcements seen", not hidden, figure)


def _verified(store: Path) -> Check:
    connection = connect.open_reader(store)
    try:
        whole = connection.execute("PRAGMA integrity_check").fetchall()
    finally:
        connection.close()
    report = verify.verify(store)
    is_clean = whole == [("ok",)] and report.is_clean and report.operations > 0
    problems = tuple(map(str, report.problems))
    return Check(
        "db verify",
        is_clean,
        f"{'clean' if is_clean else 'NOT clean'}, {report.operations} operations",
        problems,
    )


def _acts(shift: Shift, books: Books) -> Check:
    total, stumbled = sum(books.done.values()), len(books.stumbles)
    never = [act.name for act in ACTS if not books.done[act.name]] if shift.is_whole else []
    is_met = not never and stumbled <= max(2, STUMBLES_ALLOWED * (total + stumbled))
    rightly = books.refused.total()
    figure = f"{total} done, {rightly} had nothing to do, {stumbled} did not come about" + (
        f", never: {', '.join(never)}" if never else ""
    )
    return Check(
        "acts", is_met, figure, tuple(f"{each.act} at {each.minute:.0f} min" for each in books.stumbles)
    )


def traces_in(folder: Path) -> list[str]:
    """Entries of the program's own log files that tell of an exception."""
    found = []
    for path in sorted(folder.rglob("*.log*")):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if "Traceback" in line or "error" in _entry(line):
                found.append(f"{path.name}: {line[:300]}")
    return found


def _entry(line: str) -> dict[str, object]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
