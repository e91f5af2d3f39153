"""``csdesk view``: filters of the queue that you keep under a name."""

from __future__ import annotations

import click

from csdesk.cli import output, shapes
from csdesk.cli.opening import open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.cli.wording import VIEW, word
from csdesk.desk import views as cases
from csdesk.desk.views import Counted
from csdesk.i18n import _
from csdesk.model.conversation import SavedView, View
from csdesk.store import saved_views


@click.group(
    name="view",
    help=_("Keep filters of the queue as views of your own."),
    epilog=examples('csdesk view save "big refunds" --filter "label:refund tier:A"', "csdesk view list"),
)
def view() -> None:
    """The group itself does nothing."""


@view.command(name="list", help=_("List your views and what they hold."), epilog=examples("csdesk view list"))
@json_option
@pass_start
def list_views(start: Start, as_json: bool) -> None:
    with open_for(start) as desk:
        found = [(saved, cases.count(desk, saved)) for saved in cases.mine(desk)]
    if as_json:
        output.print_json(shapes.listing([_item(saved, counted) for saved, counted in found]))
    elif found:
        rows = [
            [saved.name, _number(counted), word(VIEW, saved.view), saved.query] for saved, counted in found
        ]
        output.print_table(rows, [_("Name"), _("Holds"), _("View"), _("Filter")])
    else:
        output.say(_("You have no view of your own. csdesk view save NAME --filter FILTER makes one."))


@view.command(
    name="save",
    help=_("Keep a filter as a view: words, label:x tier:A stage:aftersale inbox:web priority:high."),
    epilog=examples('csdesk view save refunds --filter "label:refund" --view unassigned'),
)
@click.argument("name", metavar="NAME")
@click.option("--filter", "query", metavar=_("FILTER"), required=True, help=_("What narrows the view."))
@click.option(
    "--view",
    "base",
    type=click.Choice([each.value for each in View]),
    default=View.WAITING.value,
    show_default=True,
    help=_("The built-in view that is narrowed."),
)
@json_option
@pass_start
def save(start: Start, name: str, query: str, base: str, as_json: bool) -> None:
    with open_for(start) as desk:
        saved = cases.save(desk, name, View(base), query)
        _answer(saved, cases.count(desk, saved), as_json, _("The view {name} is kept."))


@view.command(
    name="rename", help=_("Give a view another name."), epilog=examples("csdesk view rename refunds money")
)
@click.argument("name", metavar="NAME")
@click.argument("new_name", metavar="NEW_NAME")
@json_option
@pass_start
def rename(start: Start, name: str, new_name: str, as_json: bool) -> None:
    with open_for(start) as desk:
        cases.rename(desk, saved_views.named(desk.store.reader(), desk.agent.id, name), new_name)
        saved = saved_views.named(desk.store.reader(), desk.agent.id, new_name.strip())
        _answer(saved, cases.count(desk, saved), as_json, _("The view is named {name} now."))


@view.command(
    name="delete",
    help=_("Forget a view. `csdesk undo` takes it back for a minute."),
    epilog=examples("csdesk view delete refunds"),
)
@click.argument("name", metavar="NAME")
@json_option
@pass_start
def delete(start: Start, name: str, as_json: bool) -> None:
    with open_for(start) as desk:
        saved = saved_views.named(desk.store.reader(), desk.agent.id, name)
        counted = cases.count(desk, saved)
        cases.delete(desk, saved)
        _answer(saved, counted, as_json, _("The view {name} is deleted."))


def _answer(saved: SavedView, counted: Counted, as_json: bool, said: str) -> None:
    if as_json:
        output.print_json(_item(saved, counted))
    else:
        output.say(said.format(name=saved.name))


def _item(saved: SavedView, counted: Counted) -> shapes.Shape:
    return {
        "name": saved.name,
        "view": saved.view,
        "filter": saved.query,
        "count": counted.number,
        "count_is_exact": counted.is_exact,
    }


def _number(counted: Counted) -> str:
    return f"{counted.number:,}" + ("" if counted.is_exact else "+")
