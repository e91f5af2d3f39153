"""The slots that wordings ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from csdesk.errors import Refused
from csdesk.model.reply import PackScope, QuickReply, Slot
from csdesk.replies import asking

REPLY = QuickReply(
    "r",
    "fh",
    "T",
    "{{contact.name|亲}}，{{eta}}发 {{size | 均码}}{{cursor}}",
    "p",
    PackScope.PERSONAL,
    "zh-CN",
)


def test_slots_are_what_is_neither_known_nor_of_an_order() -> None:
    texts = (REPLY.body, "{{order.number}} {{eta}} {{gift}}", "{{ broken", "{{{{eta2}}")
    assert asking.slot_names(texts) == ("eta", "size", "gift")


def test_renaming_and_taking_out_reach_every_text() -> None:
    reply = replace(REPLY, variants=("{{size}}号，{{ size | }}",), fallback="{{size}}", subject="{{size|{{}}")
    new = asking.with_renamed(reply, "size", "fit")
    assert new.body == "{{contact.name|亲}}，{{eta}}发 {{fit | 均码}}{{cursor}}"
    assert (new.variants, new.fallback) == (("{{fit}}号，{{fit | }}",), "{{fit}}")
    gone = asking.without_slot(reply, "size")
    assert gone.body == "{{contact.name|亲}}，{{eta}}发 均码{{cursor}}"
    assert (gone.variants, gone.fallback) == (("号，",), "")


def test_a_slot_is_described_as_a_pack_takes_it() -> None:
    told = asking.described(
        "n", {"prompt": "多少", "type": "number", "min": "1", "max": "2.5", "required": False}
    )
    assert told == Slot("n", "多少", "number", least=1.0, most=2.5, is_required=False)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Eta", {"prompt": "x"}),
        ("", {"prompt": "x"}),
        ("a: b", {"prompt": "x"}),
        ("cursor", {"prompt": "x"}),
        ("n", {"prompt": "x", "type": "choice"}),
        ("n", {"prompt": "x", "type": "number", "min": "much"}),
        ("n", {"prompt": "x", "type": "number", "min": "5", "max": "1"}),
        ("n", {"prompt": "x" * 90}),
    ],
)
def test_what_a_pack_would_refuse_is_refused(name: str, told: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        asking.described(name, {**told})
    assert refused.value.code == "replies.not_valid"
    assert refused.value.hint
