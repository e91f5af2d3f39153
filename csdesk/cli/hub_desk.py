"""This store's side of the hub: joining it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from csdesk import paths
from csdesk.cli import output
from csdesk.cli.opening import store_of
from csdesk.cli.progress import progress_bar
from csdesk.cli.start import Start
from csdesk.clock import clock_from_environment
from csdesk.desk import people
from csdesk.errors import CsdeskError, Refused
from csdesk.i18n import _, ngettext
from csdesk.ids import ref_of
from csdesk.store import hub as kept
from csdesk.store.database import Store
from csdesk.sync import credentials, hub
from csdesk.sync.dsn import name as name_of
from csdesk.sync.dsn import place, without_password
from csdesk.sync.hub import Enrolled, Invitation, Wanted

LONGEST_BYTES = 200


def enrol(start: Start, running: str, wanted: Wanted, as_json: bool) -> None:
    """Let this store (made if need be) into the hub at ``running``.

    Raises Refused when it is enrolled already, or its number is taken there.
    """
    with store_of(start, create=True) as store:
        _need_free(store)
        _remember(store, hub.enrol(running, store.desk, wanted), as_json)


def enrol_again(start: Start, running: str, as_json: bool) -> None:
    """Give this store a new password at the hub that knows it. Raises NotFound when it does not."""
    with store_of(start) as store:
        _remember(store, hub.renew(running, store.desk), as_json)


def join(start: Start, login: Invitation, as_json: bool) -> None:
    """Let this store (made if need be) into the hub that invited it. Raises as ``enrol``."""
    with store_of(start, create=True) as store:
        _need_free(store)
        _remember(store, hub.join(login, store.desk), as_json)


def _need_free(store: Store) -> None:
    known = kept.state(store.reader())
    if known is not None:
        raise Refused(
            "hub.enrolled_already",
            _("This store is enrolled already: {place}.").format(place=known.name),
            _("csdesk sync shares its work; enrol --again gives it a new password."),
        )


def try_files(names: Iterable[str]) -> dict[str, Path]:
    """By agent the store that ``try_desk`` gives them: a file of their own in the data folder, each name once.

    Raises Refused for what is no name, and where the file would be that of a person's own store, or of the demo.
    """
    found = {(plain := people.clean_name(name)): paths.data_folder() / _file_name(plain) for name in names}
    for name, file in found.items():
        if file in (paths.database_path(), paths.data_folder() / "desk.db", paths.demo_database_path()):
            raise Refused(
                "hub.local_name",
                _("{name} cannot be tried here: {file} is the store of something else.").format(
                    name=name, file=file
                ),
                _("Choose another name."),
            )
    return found


def _file_name(name: str) -> str:
    """A name of a file that no other name has, and that every disk takes."""
    plain = "".join(each if each.isalnum() or each == "-" else f"_{ord(each):x}" for each in name)
    return f"{plain if len(plain.encode()) <= LONGEST_BYTES else ref_of(name.encode())}.db"


def try_desk(running: str, name: str, rank: str, file: Path) -> Path:
    """A desk for ``name`` (agent or lead) with the store ``file`` of its own, enrolled at ``running`` if it was not."""
    paths.ensure_folder(file.parent)
    with store_of(Start(db=str(file)), create=True) as store:
        if kept.state(store.reader()) is None:
            _bind(store, hub.enrol(running, store.desk, Wanted(name, rank)))
    return file


def _bind(store: Store, done: Enrolled) -> tuple[str | None, int]:
    """Keep the password where passwords lie and the rest in the store, and take in the hub's snapshot.

    Where the password is, in words, and how many operations came.
    """
    secret = done.login.secret_dsn
    where = credentials.keep(secret)
    state = kept.HubState(name_of(secret), without_password(secret), done.scope, rank=done.rank)
    store.write(lambda tx: kept.join(tx, state))
    return where, _begin(store)


def _begin(store: Store) -> int:
    """Take in the hub's snapshot before anybody does anything here: what cannot be done now, the next sync does."""
    from csdesk.sync import engine

    with progress_bar(_("Taking in the snapshot")) as progress, suppress(CsdeskError):
        return engine.begin(store, clock_from_environment(), progress)
    return 0


def _remember(store: Store, done: Enrolled, as_json: bool) -> None:
    """``_bind``, and say so."""
    where, begun_with = _bind(store, done)
    name = place(done.login.dsn)
    if as_json:
        facts = {"desk": done.desk, "agent": done.agent, "role": done.rank, "scope": done.scope}
        output.print_json({"hub": name, **facts, "begun_with": begun_with})
        return
    output.say(
        _("This store is desk {desk} of the hub {place}, for {name}.").format(
            desk=done.desk, place=name, name=done.agent
        )
    )
    if begun_with:
        output.say(
            ngettext(
                "{count} operation came with a snapshot.",
                "{count} operations came with a snapshot.",
                begun_with,
            ).format(count=begun_with)
        )
    output.narrate(_("The password lies {where}.").format(where=where))
    output.narrate(_("Next: csdesk sync"))
