"""The root command: which command lives in which module, and how a wrong word is answered.

A command's module is imported when the command runs, never for ``--help`` or completion: their
one-line texts stand in the table below.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Sequence
from dataclasses import dataclass

import click
from click.shell_completion import CompletionItem, shell_complete

from csdesk import __version__
from csdesk.cli.complaints import in_our_words
from csdesk.cli.help import HelpContext, in_words
from csdesk.cli.options import Words, global_options
from csdesk.cli.output import narrate, say
from csdesk.cli.start import Start
from csdesk.errors import EXIT_INTERRUPTED, EXIT_USAGE, StoreError, UsageError
from csdesk.i18n import N_, _

COMPLETION_VARIABLE = "_CSDESK_COMPLETE"
DRIVER = "sqlcipher3"


@dataclass(frozen=True, slots=True)
class Door:
    """Where a command is, and what it does in a few words (an English msgid)."""

    module: str
    attribute: str
    about: str


COMMANDS = {
    "demo": Door("demo", "demo", N_("Try csdesk with customers who write by themselves.")),
    "import": Door("importing", "import_command", N_("Read conversations from a file.")),
    "export": Door("exporting", "export_command", N_("Write conversations to a file.")),
    "queue": Door("queue", "queue", N_("List conversations, the longest wait first.")),
    "search": Door("search", "search", N_("Find messages by words, names and filters.")),
    "show": Door("queue", "show", N_("Show one conversation.")),
    "claim": Door("work", "claim", N_("Take a conversation.")),
    "release": Door("work", "release", N_("Give a conversation back to the queue.")),
    "reply": Door("writing", "reply", N_("Answer the customer.")),
    "note": Door("writing", "note", N_("Write a note that only the team sees.")),
    "transfer": Door("work", "transfer", N_("Hand a conversation to an agent or a team.")),
    "accept": Door("offers", "accept", N_("Take a conversation that a colleague asks you to take.")),
    "decline": Door("offers", "decline", N_("Say that you cannot take it, and why.")),
    "take-back": Door("offers", "take_back", N_("No longer ask a colleague to take a conversation.")),
    "resolve": Door("work", "resolve", N_("End a conversation.")),
    "reopen": Door("work", "reopen", N_("Take a resolved or snoozed conversation up again.")),
    "snooze": Door("work", "snooze", N_("Put a conversation off.")),
    "label": Door("work", "label", N_("Put labels on a conversation, or take them off.")),
    "priority": Door("work", "priority", N_("Say how soon a conversation matters.")),
    "undo": Door("work", "undo", N_("Take back what you did last.")),
    "view": Door("views", "view", N_("Keep filters of the queue as views.")),
    "agent": Door("people", "agent", N_("Add, list and edit agents.")),
    "team": Door("people", "team", N_("Add, list and edit teams.")),
    "inbox": Door("people", "inbox", N_("Add, list and edit inboxes.")),
    "contact": Door("contact", "contact", N_("List, edit, merge and block contacts, or erase one.")),
    "attachment": Door("attachment", "attachment", N_("List and save files that came with messages.")),
    "retention": Door("retention", "retention", N_("Erase what was kept long enough.")),
    "outbox": Door("outbox", "outbox", N_("List what has not left yet; try again, approve, return.")),
    "drafts": Door("writing", "drafts", N_("List unsent drafts.")),
    "status": Door("status", "status", N_("An overview of the desk.")),
    "changes": Door("changes", "changes", N_("What others did since you looked last.")),
    "availability": Door("availability", "availability", N_("Say whether you are there, and ask why.")),
    "handover": Door("handover", "handover", N_("Hand the shift over, and take it over.")),
    "alerts": Door("alerts", "alerts", N_("How waiting customers make themselves heard; try it.")),
    "replies": Door("replies", "replies", N_("Find, check, share, import and export quick replies.")),
    "etiquette": Door("etiquette", "etiquette", N_("Share rules of the etiquette check with the team.")),
    "check": Door("check", "check_command", N_("Check the wording of a text.")),
    "train": Door("train", "train", N_("Practise on simulated customers, with a score and its reasons.")),
    "sync": Door("sync", "sync", N_("Exchange work with the team's hub: once, as a plan, or live.")),
    "hub": Door("hub", "hub", N_("Run the team's hub, where desks meet.")),
    "watch": Door("watch", "watch", N_("Follow a colleague at work, whisper, and approve replies.")),
    "config": Door("config", "config", N_("Show and check the settings.")),
    "doctor": Door("doctor", "doctor", N_("Check this machine, the terminal and the store.")),
    "keys": Door("keys", "keys", N_("List the keys, and check your own.")),
    "db": Door("database", "db", N_("Verify, back up and restore the store.")),
    "completion": Door("completion", "completion", N_("Print the completion script of a shell.")),
}


class Doors(click.Group):
    """The commands of COMMANDS, each behind its module."""

    context_class = HelpContext

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, door in COMMANDS.items() if module_exists(door.module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        door = COMMANDS.get(cmd_name)
        if door is None or not module_exists(door.module):
            return None
        command = getattr(importlib.import_module(f"csdesk.cli.{door.module}"), door.attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"csdesk.cli.{door.module}.{door.attribute} is no command")
        return _made_ours(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise _unknown_command(args[0], list(COMMANDS), "csdesk")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _(COMMANDS[name].about)) for name in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        fitting = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        items = [CompletionItem(name, help=_(COMMANDS[name].about)) for name in fitting]
        return items + click.Command.shell_complete(self, ctx, incomplete)


def module_exists(name: str) -> bool:
    """Whether csdesk.cli has a module ``name``, found without importing it."""
    return importlib.util.find_spec(f"csdesk.cli.{name}") is not None


def build_root() -> click.Group:
    """The root command in the language of now."""
    root = Doors(
        name="csdesk",
        params=[*global_options(), _version_option()],
        help=_(
            "The workstation of a customer-service agent, in a terminal. Without a command it opens the screen."
        ),
        epilog=_("--db, --as and --lang may stand behind a command too."),
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    return root


def run(arguments: Sequence[str]) -> int:
    """Run the command that ``arguments`` name; its exit code.

    Raises CsdeskError for everything a person did wrong, click's own complaints included.
    """
    root = build_root()
    if COMPLETION_VARIABLE in os.environ:
        return shell_complete(root, {}, "csdesk", COMPLETION_VARIABLE, os.environ[COMPLETION_VARIABLE])
    start = Start()
    try:
        with root.make_context("csdesk", list(arguments), obj=start) as context:
            result = root.invoke(context)
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.Abort:
        return EXIT_INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as bare:
        narrate(bare.format_message())
        return EXIT_USAGE
    except click.ClickException as error:
        raise _in_our_words(error) from None
    except Exception as error:
        if type(error).__module__.startswith(DRIVER):
            raise _of_the_store(error, start) from error
        raise
    return result if isinstance(result, int) else 0


def _of_the_store(error: Exception, start: Start) -> StoreError:
    """What the database driver raised while something was read, as ours."""
    from csdesk.store.connect import store_error

    return store_error(error, start.database)


def _version_option() -> click.Option:
    def show(context: click.Context, parameter: click.Parameter, value: bool) -> None:
        if value:
            say(f"csdesk {__version__}")
            context.exit()

    return click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help=_("Show the version."),
    )


def _made_ours(command: click.Command) -> click.Command:
    """``command`` and those inside it, speaking the language of now and taking the global options.

    A global option is left out where the command has one of its own by that name.
    """
    command.context_class = HelpContext
    command.help = command.help and _(command.help)
    command.epilog = command.epilog and _(command.epilog)
    for parameter in command.params:
        if parameter.type is click.STRING:
            parameter.type = Words()
        if isinstance(parameter, click.Option):
            parameter.help = parameter.help and _(parameter.help)
    for option in global_options(hidden=True):
        taken = {name for parameter in command.params for name in (*parameter.opts, parameter.name)}
        if not taken & {*option.opts, option.name}:
            command.params.append(option)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _made_ours(inner)
    return command


def _in_our_words(error: click.ClickException) -> UsageError:
    """click's complaint as one of ours: translated where it is a common one."""
    context = getattr(error, "ctx", None)
    place = context.command_path if context is not None else "csdesk"
    hint = _("See `{command} --help`.").format(command=place)
    if isinstance(error, click.NoSuchOption):
        near = (error.possibilities or [""])[0]
        sentence = _("There is no option {option}.").format(option=error.option_name)
        return UsageError(
            "usage.option", sentence, _("Did you mean {nearest}?").format(nearest=near) if near else hint
        )
    if isinstance(error, click.MissingParameter):
        parameter = error.param.get_error_hint(context) if error.param and context else error.param_hint
        return UsageError(
            "usage.missing", _("{parameter} is missing.").format(parameter=in_words(str(parameter))), hint
        )
    if (
        getattr(error, "command_name", None)
        and context is not None
        and isinstance(context.command, click.Group)
    ):
        return _unknown_command(
            str(getattr(error, "command_name", "")), list(context.command.commands), place
        )
    if isinstance(error, click.BadParameter) and error.param and context:
        sentence = _("{parameter}: {reason}").format(
            parameter=in_words(error.param.get_error_hint(context)), reason=in_our_words(error.message)
        )
        return UsageError("usage.value", sentence, hint)
    return UsageError("usage", in_our_words(error.format_message()), hint)


def _unknown_command(typed: str, known: list[str], place: str) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(typed, known, 1)
    hint = _("Did you mean {nearest}?").format(nearest=near[0]) if near else ""
    sentence = _("There is no command {command}.").format(command=f"{place} {typed}")
    return UsageError("usage.command", sentence, hint or _("See `{command} --help`.").format(command=place))
