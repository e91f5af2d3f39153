"""``csdesk train``: practise on simulated customers, grade recorded attempts, report to a teacher."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from csdesk import paths
from csdesk.cli import output
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start, can_open_screen
from csdesk.cli.trainee import trainee_name
from csdesk.clock import clock_from_environment
from csdesk.errors import EXIT_DONE, EXIT_REFUSED, UsageError
from csdesk.i18n import _, language, ngettext
from csdesk.trainer import attempts as kept
from csdesk.trainer import wording
from csdesk.trainer.library import Library, load_library, scenario_folders
from csdesk.trainer.scenario import Scenario, Theme
from csdesk.yamlsafe import Problem


@click.group(
    name="train",
    invoke_without_command=True,
    help=_(
        "Practise on simulated customers, in the panes of the desk and a store of its own: offline, with a score that"
        " explains every point. Where there is no terminal it says which lesson comes next."
    ),
    epilog=examples(
        "csdesk train",
        "csdesk train --list --theme bargain",
        "csdesk train play zh.late-parcel",
        "csdesk train --script answers.jsonl --json",
    ),
)
@click.option("--list", "is_list", is_flag=True, help=_("List the scenarios."))
@click.option("--theme", type=click.Choice([theme.value for theme in Theme]), help=_("Only this theme."))
@click.option("--difficulty", type=click.IntRange(1, 3), help=_("Only this difficulty: 1 to 3."))
@click.option(
    "--script",
    type=click.Path(path_type=Path),
    metavar=_("FILE"),
    help=_("Play and score the recorded attempts in FILE, without a screen."),
)
@click.option("--keep", "is_kept", is_flag=True, help=_("With --script: keep the attempts for the report."))
@json_option
@pass_start
@click.pass_context
def train(
    context: click.Context,
    start: Start,
    is_list: bool,
    theme: str | None,
    difficulty: int | None,
    script: Path | None,
    is_kept: bool,
    as_json: bool,
) -> int:
    if context.invoked_subcommand is not None:
        return EXIT_DONE
    library = library_for(start)
    if script is not None:
        from csdesk.cli.train_script import grade

        grade(start, library, script, is_kept, as_json)
    elif is_list or theme or difficulty or as_json:
        _list(_chosen(library, theme, difficulty), as_json)
    elif can_open_screen():
        from csdesk.tui.train_app import train as practise

        return practise(trainee_name(start), start.settings)
    else:
        _say_next(start, library)
    return EXIT_DONE


def library_for(start: Start) -> Library:
    """The scenarios in use; what is wrong with a file is narrated."""
    library = load_library(scenario_folders(start.settings.trainer.folder))
    for problem in library.problems:
        output.narrate(str(problem))
    return library


def _chosen(library: Library, theme: str | None, difficulty: int | None) -> list[Scenario]:
    """The scenarios that fit; those in the language of the screen come first."""
    found = [
        one
        for one in library.scenarios
        if (theme is None or theme in one.tags) and (difficulty is None or one.difficulty == difficulty)
    ]
    return sorted(found, key=lambda one: one.lang != language()[:2])


def _list(found: Sequence[Scenario], as_json: bool) -> None:
    if as_json:
        output.print_json({"items": [_item(one) for one in found], "next": None})
        return
    rows = [[one.id, wording.theme(one.theme), "●" * one.difficulty, one.title] for one in found]
    if rows:
        output.print_table(rows, [_("Scenario"), _("Theme"), _("Difficulty"), _("Title")])
    output.narrate(ngettext("{count} scenario", "{count} scenarios", len(found)).format(count=len(found)))


def _item(one: Scenario) -> dict[str, object]:
    return {
        "id": one.id,
        "title": one.title,
        "lang": one.lang,
        "theme": one.theme.value,
        "tags": list(one.tags),
        "stage": one.stage.value,
        "difficulty": one.difficulty,
        "lesson": one.lesson,
        "seeds": list(one.seeds),
        "digest": one.digest,
    }


def _say_next(start: Start, library: Library) -> None:
    """Which lesson comes next for whoever asks, and how to take it."""
    from csdesk.trainer.progress import suggest

    mine = kept.of_agent(kept.read().attempts, trainee_name(start))
    found = suggest(library.spoken(language()), mine, clock_from_environment().now_ms())
    if found is None:
        output.say(_("There is no scenario here."))
        return
    one = found.scenario
    why = _("again, to keep it") if found.due_at is not None else _("new")
    if found.weakest is not None:
        why = _("new, for what is weakest: {dimension}").format(dimension=found.weakest.label)
    output.say(_("Next lesson: {title} ({why})").format(title=one.title, why=why))
    output.say(one.lesson)
    output.narrate(_("Take it: csdesk train play {id}").format(id=one.id))


@train.command(
    name="play",
    help=_("Practise one scenario line by line in any terminal; without a name, the next lesson."),
    epilog=examples("csdesk train play", "csdesk train play zh.bargain-once"),
)
@click.argument("name", required=False, metavar=_("[SCENARIO]"))
@json_option
@pass_start
def play(start: Start, name: str | None, as_json: bool) -> None:
    from csdesk.cli.train_play import play_lines

    play_lines(start, library_for(start), name, as_json)


@train.command(
    name="lint",
    help=_("Check scenarios: files or folders. Without a path, those in use are checked."),
    epilog=examples("csdesk train lint", "csdesk train lint our-school/ --json"),
)
@click.argument("targets", nargs=-1, type=click.Path(path_type=Path), metavar=_("[PATH]..."))
@json_option
@pass_start
def lint(start: Start, targets: tuple[Path, ...], as_json: bool) -> int:
    from csdesk.trainer.soundness import problems_of
    from csdesk.yamlsafe import Mark

    chosen = targets or scenario_folders(start.settings.trainer.folder)
    problems: list[Problem] = [
        Mark(str(path), 1, 1).problem(_("there is no such file or folder"), _("Check the path."))
        for path in targets
        if not paths.is_there(path)
    ]
    library = load_library(chosen)
    problems += library.problems
    for scenario in library.scenarios:
        problems += problems_of(scenario)
    if as_json:
        output.print_json({"items": [_problem(each) for each in problems], "next": None})
    else:
        for problem in problems:
            output.say(f"{problem}\n    {problem.fix}")
        checked = paths.count_data_files(chosen)
        output.narrate(
            ngettext("{count} file checked", "{count} files checked", checked).format(count=checked)
        )
    return EXIT_REFUSED if problems else EXIT_DONE


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "reason": problem.reason,
        "fix": problem.fix,
    }


@train.command(
    name="report",
    help=_(
        "How trainees get on: points, dimensions over time, what costs most, the next lesson. FILE: attempts of"
        " other machines (their practice.jsonl); without one, those of this machine."
    ),
    epilog=examples(
        "csdesk train report",
        "csdesk train report --html --output class.html class/*.jsonl",
        "csdesk train report --agent 张敏 --from 2026-11-01 --csv",
    ),
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar=_("[FILE]..."))
@click.option("--agent", "who", metavar=_("NAME"), help=_("Only this agent."))
@click.option("--from", "since", metavar=_("DAY"), help=_("Attempts from this day on: 2026-11-01."))
@click.option("--to", "until", metavar=_("DAY"), help=_("Attempts up to the end of this day."))
@click.option("--html", "form", flag_value="html", help=_("One page with charts, to be opened offline."))
@click.option("--csv", "form", flag_value="csv", help=_("One row an attempt, for a spreadsheet."))
@click.option(
    "--output",
    "target",
    type=click.Path(path_type=Path),
    metavar=_("FILE"),
    help=_("Write there, not to stdout."),
)
@json_option
@pass_start
def report(
    start: Start,
    files: tuple[Path, ...],
    who: str | None,
    since: str | None,
    until: str | None,
    form: str | None,
    target: Path | None,
    as_json: bool,
) -> None:
    from csdesk.cli.train_report import Wanted, write_report

    if as_json and form:
        raise UsageError(
            "trainer.two_forms",
            _("--json and --{form} do not go together.").format(form=form),
            _("Choose one."),
        )
    wanted = Wanted(files, who, since, until, "json" if as_json else form or "text", target)
    write_report(library_for(start), wanted)


@train.command(
    name="from-conversation",
    help=_(
        "Write a draft of a scenario from a conversation: phone numbers, cards, addresses and names are taken"
        " out. Read it before you share it."
    ),
    epilog=examples("csdesk train from-conversation 7K3Q9F --output late-again.yaml"),
)
@click.argument("ref", metavar="REF")
@click.option(
    "--output",
    "target",
    type=click.Path(path_type=Path),
    metavar=_("FILE"),
    help=_("Write there, not to stdout."),
)
@json_option
@pass_start
def from_conversation(start: Start, ref: str, target: Path | None, as_json: bool) -> None:
    from csdesk.cli.train_draft import draft_of
    from csdesk.cli.train_report import write_text

    text = draft_of(start, ref)
    if str(target) == "-":
        target = None
    if as_json and target is None:
        output.print_json({"yaml": text, "file": None})
    else:
        write_text(text, target)
    if as_json and target is not None:
        output.print_json({"yaml": text, "file": str(target)})
    output.narrate(
        _("A draft: write facts and needs, then csdesk train lint checks it. Names may be left; read it.")
    )
