"""Names for things."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from csdesk import ids

PARTS = st.lists(st.text(), min_size=1, max_size=4)


@given(PARTS, PARTS)
def test_what_shares_its_first_parts_is_named_as_before(first: list[str], rest: list[str]) -> None:
    assert ids.derived_uids(*first)(*rest) == ids.derived_uid(*first, *rest)
