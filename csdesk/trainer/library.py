"""Where scenarios are found: those that came with the program, and a school's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from csdesk import paths as places
from csdesk.errors import NotFound
from csdesk.i18n import _
from csdesk.trainer.reading import read_scenario
from csdesk.trainer.scenario import Scenario
from csdesk.trainer.shop import FILE as SHOP
from csdesk.trainer.shop import ReadShop, read_shop, within
from csdesk.yamlsafe import Mark, Problem

FOLDER = "scenarios"
SHIPPED = Path(__file__).resolve().parent / FOLDER


@dataclass(frozen=True, slots=True)
class Library:
    """The scenarios in use, by language, theme and difficulty, and what was wrong with the files."""

    scenarios: tuple[Scenario, ...] = ()
    problems: tuple[Problem, ...] = ()
    by_id: Mapping[str, Scenario] = field(default_factory=dict)

    def get(self, name: str) -> Scenario:
        """The scenario with this id. Raises NotFound, naming ids that are like it."""
        found = self.by_id.get(name.strip().lower())
        if found is not None:
            return found
        from difflib import get_close_matches

        near = get_close_matches(name.lower(), list(self.by_id), 3)
        raise NotFound(
            "trainer.unknown_scenario",
            _("There is no scenario {name}.").format(name=name[:60]),
            _("Did you mean {nearest}?").format(nearest=", ".join(near))
            if near
            else _("csdesk train --list shows them."),
        )

    def spoken(self, lang: str) -> tuple[Scenario, ...]:
        """The scenarios in ``lang`` (``zh``, ``zh_CN`` ...); all of them where there are none."""
        return tuple(one for one in self.scenarios if one.lang == lang[:2]) or self.scenarios


def scenario_folders(own: str = "") -> tuple[Path, ...]:
    """Where scenarios are looked for: the shipped ones, then ``own`` (the setting ``trainer.folder``) or the
    person's data folder."""
    return (SHIPPED, places.expanded(own).absolute() if own else places.data_folder() / FOLDER)


def load_library(paths: Iterable[Path]) -> Library:
    """Every scenario in ``paths`` (folders, not searched deeper, or files); of two with one id the later is used, so a school can replace ours.

    Raises nothing: a file that cannot be used is in ``problems``.
    """
    by_id: dict[str, Scenario] = {}
    problems: list[Problem] = []
    shops: dict[Path, ReadShop] = {}
    for path in paths:
        try:
            files = places.data_files(path)
        except OSError as error:
            reason = _("the folder cannot be read ({reason})").format(reason=error.strerror)
            problems.append(Mark(str(path), 1, 1).problem(reason, _("Check the path and its permissions.")))
            continue
        for file in files:
            if file.parent not in shops:
                shops[file.parent] = read_shop(file.parent)
                problems += shops[file.parent].problems
            if file.name == SHOP:
                continue
            read = read_scenario(file)
            problems += read.problems
            if read.scenario is not None:
                by_id[read.scenario.id] = within(read.scenario, shops[file.parent].policy)
    scenarios = sorted(by_id.values(), key=lambda one: (one.lang != "zh", one.theme, one.difficulty, one.id))
    return Library(tuple(scenarios), tuple(problems), by_id)
