"""Times that a file does not give."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from csdesk.model.transcript import ASSUMED_STEP_MS, Transcript, assign_times
from tests.factories import dialogue, said, transcripts

START = 946_684_800_000


def test_missing_times_run_on_over_the_whole_file() -> None:
    pair = [dialogue("1", "c: a", "a: b"), dialogue("2", "c: c")]
    timed = list(assign_times(pair, START))
    times = [message.at for transcript in timed for message in transcript.messages]
    assert times == [START, START + ASSUMED_STEP_MS, START + 2 * ASSUMED_STEP_MS]
    assert all(message.is_time_assumed for transcript in timed for message in transcript.messages)


def test_a_missing_time_stays_between_its_neighbours() -> None:
    late = Transcript("1", (said("c: a", START * 2), said("a: b"), said("c: c", START * 2 + 5)))
    early = Transcript("2", (said("c: a"), said("a: b", 7)))
    times = [[message.at for message in found.messages] for found in assign_times([late, early], START)]
    assert times == [[START * 2, START * 2, START * 2 + 5], [7, 7]]


@given(st.lists(transcripts(), max_size=4))
def test_given_times_are_kept_and_every_message_has_one(
    given_ones: list[Transcript],
) -> None:
    timed = list(assign_times(given_ones, START))
    for before, after in zip(given_ones, timed, strict=True):
        for old, new in zip(before.messages, after.messages, strict=True):
            assert new.at is not None and new.is_time_assumed == (old.at is None)
            assert old == new._replace(at=old.at, is_time_assumed=False)
            assert old.at is None or new.at == old.at
