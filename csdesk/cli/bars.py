"""The progress bar of a command that reads or writes a whole file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def file_bar(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on stderr when a person is there to see it; call what it gives with done and total."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr, update_min_steps=1) as bar:

        def progress(done: int, total: int) -> None:
            step = max(total // 200, 1)
            if done - bar.pos >= step or done >= total:
                bar.length = max(total, 1)
                bar.update(done - bar.pos)

        yield progress
