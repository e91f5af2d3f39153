"""What follows each refusal, and the pauses between tries."""

from __future__ import annotations

import random
import socket
import struct
import threading

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.sync import backoff, driver, line
from csdesk.sync.backoff import Backoff
from csdesk.sync.refusals import Step, next_step


@pytest.mark.parametrize(
    ("sqlstate", "step"),
    [
        ("CS001", Step.READ_HEAD),
        ("23505", Step.READ_HEAD),
        ("CS002", Step.DATE_AGAIN),
        ("CS003", Step.STOP),
        ("CS004", Step.STOP),
        ("CS005", Step.STOP),
        ("28P01", Step.STOP),
        ("28000", Step.STOP),
        ("42501", Step.STOP),
        ("08006", Step.WAIT),
        ("57P01", Step.WAIT),
        ("57P03", Step.WAIT),
        ("53300", Step.WAIT),
        ("25006", Step.WAIT),
        ("40001", Step.WAIT),
        (None, Step.WAIT),
        ("23514", Step.SET_ASIDE),
        ("22021", Step.SET_ASIDE),
        ("XX000", Step.STOP),
    ],
)
def test_each_refusal_has_its_next_step(sqlstate: str | None, step: Step) -> None:
    assert next_step(sqlstate) is step


def test_pauses_double_up_to_a_minute_and_begin_anew_after_a_success() -> None:
    pauses = Backoff(lambda low, high: high)
    assert [pauses.next_s() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    pauses.reset()
    assert pauses.next_s() == 0.5


@given(st.integers(0, 5_000), st.integers())
def test_no_pause_is_longer_than_a_minute(failures: int, seed: int) -> None:
    pauses = Backoff(random.Random(seed).uniform)
    pauses.failures = failures
    assert 0 <= pauses.next_s() <= backoff.MOST_S


@pytest.mark.parametrize("answer", [b"", b"S", b"E"], ids=["nothing", "yes to TLS", "an error"])
def test_a_wire_that_breaks_during_the_handshake_is_tried_again(answer: bytes) -> None:
    """It is no hub that fails to prove itself, which a person would have to look at."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        threading.Thread(target=_break_off, args=(server, answer), daemon=True).start()
        where = f"host=127.0.0.1 port={server.getsockname()[1]} user=x password=x dbname=x sslmode=require"
        with pytest.raises(line.HubRefusal) as refused:
            line.connect(where)
    assert refused.value.told.code == "hub.unreachable", refused.value.told.sentence
    assert next_step(refused.value.sqlstate) is Step.WAIT


def _break_off(server: socket.socket, answer: bytes) -> None:
    """Take each connection, answer its first words, and reset it."""
    while True:
        try:
            wire, _address = server.accept()
            wire.recv(8)
            wire.sendall(answer)
            if answer == b"S":
                wire.recv(1_000)
        except OSError:
            return
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.close()


def test_a_hub_without_tls_does_not_prove_itself() -> None:
    told = driver.told(psycopg.OperationalError("server does not support SSL, but SSL was required"))
    assert told.code == "hub.tls_proof"
