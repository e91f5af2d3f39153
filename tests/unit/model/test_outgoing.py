"""What may happen to a message on its way: the whole table, asked."""

from __future__ import annotations

from itertools import product

import pytest

from csdesk.model.message import Delivery, Step, after, permits, states_before

WAY = (Delivery.HELD, Delivery.APPROVAL, Delivery.QUEUED, Delivery.SENDING, Delivery.FAILED)
GONE = (Delivery.SENT, Delivery.DELIVERED, Delivery.READ)


def test_what_is_with_the_customer_goes_nowhere() -> None:
    assert not any(permits(state, step) for state, step in product(GONE, Step))


def test_only_a_person_lets_go_of_what_waits_for_approval() -> None:
    ways = {step: after(Delivery.APPROVAL, step) for step in Step if permits(Delivery.APPROVAL, step)}
    assert ways == {
        Step.APPROVE: Delivery.QUEUED,
        Step.RETURN: None,
        Step.TAKE_BACK: None,
        Step.FAIL: Delivery.FAILED,
    }


def test_what_nobody_approved_is_never_queued_by_another_way() -> None:
    for state, step in product(WAY, Step):
        if permits(state, step) and step is not Step.APPROVE:
            assert after(state, step, is_approved=False) is not Delivery.QUEUED, (state, step)


def test_only_what_is_queued_is_sent() -> None:
    assert states_before(Step.START) == (Delivery.QUEUED, Delivery.SENDING)
    into = {
        state
        for state, step in product(WAY, Step)
        if permits(state, step) and after(state, step) is Delivery.SENDING
    }
    assert into == {Delivery.QUEUED, Delivery.SENDING}


def test_nothing_waits_where_no_way_leads_on() -> None:
    for state in WAY:
        assert any(permits(state, step) for step in Step), state


@pytest.mark.parametrize("step", list(Step))
def test_each_step_begins_somewhere(step: Step) -> None:
    assert states_before(step) != ()
    assert all(permits(state, step) for state in states_before(step))
