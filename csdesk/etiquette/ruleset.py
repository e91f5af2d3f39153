"""The rules in use: those that come with the program, a person's own over them, as a profile wants them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from csdesk import paths as places
from csdesk.config import Settings
from csdesk.etiquette.context import Policy
from csdesk.etiquette.reading import normal
from csdesk.etiquette.rule import Confidence, Profile, Rule
from csdesk.etiquette.schema import ReadRules, read_rules, read_text
from csdesk.i18n import _
from csdesk.model.finding import Finding
from csdesk.model.published import TeamFile
from csdesk.yamlsafe import Mark, Problem

FOLDER = "etiquette"
BUILTIN = Path(__file__).resolve().parent / "rules"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules with all that decides what they say: profile, shop policy, what is ignored.

    ``ignored`` holds the keys of :func:`ignore_key`; ``prompts`` what to ask for an open slot of a
    suggestion, by the language it is asked in and its name.
    """

    rules: tuple[Rule, ...] = ()
    profile: Profile = Profile.NORMAL
    policy: Policy = field(default=Policy())
    ignored: frozenset[str] = frozenset()
    prompts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def active(self, lang: str) -> tuple[Rule, ...]:
        """The rules of a language that the profile lets speak."""
        if self.profile is Profile.OFF:
            return ()
        is_strict = self.profile is Profile.STRICT
        return tuple(
            rule
            for rule in self.rules
            if rule.lang == lang and (is_strict or rule.confidence is not Confidence.LOW)
        )

    def find(self, rule_id: str, lang: str) -> Rule | None:
        """A rule by its id, in a language."""
        return next((rule for rule in self.rules if (rule.id, rule.lang) == (rule_id, lang)), None)

    def ignoring(self, keys: Iterable[str]) -> RuleSet:
        """The same, with more that is ignored."""
        return replace(self, ignored=self.ignored | frozenset(keys))


def ignore_key(finding: Finding) -> str:
    """What to remember of a finding that is to be ignored: the rule and a hash of the words, never the words.

    Letter case, width and traditional writing make no difference.
    """
    words = normal(finding.hit, finding.lang).strip()
    return f"{finding.rule}:{hashlib.sha256(words.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def for_settings(settings: Settings, team: Iterable[TeamFile] = ()) -> RuleSet:
    """The rules as a person's settings want them; ``team`` are those that came through the hub."""
    shop = settings.shop
    forbidden = tuple(
        each.strip() for each in re.split("[,，、;；]", shop.forbidden_promises) if each.strip()
    )
    policy = Policy(shop.discount_percent, shop.return_days, forbidden)
    return load(profile=Profile(settings.etiquette.profile), policy=policy, team=team)


def own_folder() -> Path:
    """Where a person's or a shop's own rules are."""
    return places.data_folder() / FOLDER


def load(
    folders: Iterable[Path] | None = None,
    *,
    profile: Profile = Profile.NORMAL,
    policy: Policy | None = None,
    is_checked: bool | None = None,
    team: Iterable[TeamFile] = (),
) -> RuleSet:
    """The rules of the files in ``folders`` (none given: those that came with the program and one's own), and those
    that the ``team`` has through the hub: over the program's, under one's own.

    The profile that a file names holds where ``profile`` is normal; of several the strictest. A later rule takes the place of an earlier one of the same id and language. Examples of one's own rules
    are tried while loading, those of the program's only when ``is_checked``: its tests do. A rule that is
    broken, or fails its examples, is left out and listed in ``problems``. Raises nothing.
    """
    chosen = [BUILTIN, own_folder()] if folders is None else list(folders)
    found: dict[tuple[str, str], Rule] = {}
    prompts: dict[tuple[str, str], str] = {}
    problems: list[Problem] = []
    wanted: list[Profile] = []
    for read, place in _read_all(chosen, team, is_checked):
        problems += [*read.problems, *_twice(read.rules, found, place)]
        prompts |= {(read.lang, name): asked for name, asked in read.prompts.items()}
        found |= {(rule.id, rule.lang): rule for rule in read.rules}
        wanted += [read.profile] if read.profile is not None else []
    if profile is Profile.NORMAL and wanted:
        profile = min(wanted, key=list(Profile).index)
    return RuleSet(
        tuple(found.values()), profile, policy or Policy(), prompts=prompts, problems=tuple(problems)
    )


def _read_all(
    folders: Sequence[Path], team: Iterable[TeamFile], is_checked: bool | None
) -> Iterable[tuple[ReadRules, Path]]:
    """What is read, in its order, and where it stands."""
    files: list[Path] = []
    for folder in folders:
        try:
            files += places.data_files(folder)
        except OSError as error:
            reason = _("the folder cannot be read ({reason})").format(reason=error.strerror)
            problem = Mark(str(folder), 1, 1).problem(reason, _("Check the path and its permissions."))
            yield ReadRules(problems=(problem,)), folder
    shipped = [path for path in files if path.parent == BUILTIN]
    for path in shipped:
        yield read_rules(path, is_checked=bool(is_checked)), path
    for file in team:
        yield read_team_rules(file), Path(f"hub:{file.name}")
    for path in files:
        if path.parent != BUILTIN:
            yield read_rules(path, is_checked=is_checked is not False), path


def read_team_rules(file: TeamFile) -> ReadRules:
    """The newest version of the team's rules that can be read without a problem, with the problems of the newest of
    all: one that a newer csdesk wrote leaves the one before in use."""
    tried = file.tried(read_text, _is_whole)
    whole = tried[-1] if tried and _is_whole(tried[-1]) else ReadRules()
    return replace(whole, problems=tried[0].problems if tried else ())


def _is_whole(read: ReadRules) -> bool:
    return not read.problems


def _twice(rules: Iterable[Rule], found: Mapping[tuple[str, str], Rule], path: Path) -> list[Problem]:
    """Rules that another file of the same folder has already."""
    problems = []
    for rule in rules:
        earlier = found.get((rule.id, rule.lang))
        if earlier is None or Path(earlier.must_match[0].mark.file).parent != path.parent:
            continue
        mark = Mark(str(path), rule.must_match[0].mark.line, 1)
        place = earlier.must_match[0].mark.file
        reason = _("the rule “{rule}” is already in {place}").format(rule=rule.id, place=place)
        problems.append(mark.problem(reason, _("Give it another id, or remove one of the two.")))
    return problems
