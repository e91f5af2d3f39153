"""The words of our enumerations as rows hold them."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

from csdesk.errors import StoreError
from csdesk.i18n import _

E = TypeVar("E", bound=Enum)


class Words(dict[object, E]):
    """From a row's value to the word it stands for, at the speed of a dict.

    Raises StoreError for a value that is none of them: nothing of ours writes one, so a page was damaged.
    """

    def __init__(self, kind: type[E]) -> None:
        super().__init__({word.value: word for word in kind})

    def __missing__(self, value: object) -> E:
        raise unreadable(value)


def unreadable(value: object) -> StoreError:
    """The error for a value of a row that says nothing."""
    return StoreError(
        "store.damaged",
        _("A row of the store holds {value}, which nothing writes: the store is damaged.").format(
            value=ascii(value)[:40]
        ),
        _("Run csdesk db verify to see what is lost; csdesk db restore brings a backup back."),
    )
