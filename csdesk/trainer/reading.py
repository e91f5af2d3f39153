"""One YAML file to a :class:`~csdesk.trainer.scenario.Scenario`: schema ``csdesk.scenario/1``.

Every problem is reported with file, line and column, not only the first; a file with one is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Table
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from csdesk.etiquette.patterns import PatternError, check_cost
from csdesk.etiquette.schema import read_policy
from csdesk.i18n import _
from csdesk.model.conversation import Stage
from csdesk.text import clean
from csdesk.trainer.acts import DIMENSION_OF
from csdesk.trainer.rubric import Dimension
from csdesk.trainer.scenario import (
    BLOCK,
    GENTLEST,
    GRIMMEST,
    REPEAT,
    WRONG,
    Branch,
    Ending,
    Fact,
    Fatal,
    Given,
    Limits,
    Never,
    Node,
    Recorded,
    Scenario,
    Theme,
)
from csdesk.yamlsafe import Fields, Mark, Problem, Scalar, Sequence, YamlError, loads
from csdesk.yamlsafe import Node as YamlNode

SCHEMA = "csdesk.scenario/1"
LANGS = ("zh", "en")
LONGEST_LINE = 600
LONGEST_FILE = 200_000
MOST_NODES = 60

_ID = re.compile(r"(?:zh|en)\.[a-z0-9][a-z0-9-]{1,60}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_SEED = re.compile(r"00[0-4]@\d{1,6}")


@dataclass(frozen=True, slots=True)
class ReadScenario:
    """A file as it was read: ``scenario`` is None when there are ``problems``."""

    scenario: Scenario | None
    problems: tuple[Problem, ...]


def read_scenario(path: Path) -> ReadScenario:
    """The scenario in the file at ``path``."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(LONGEST_FILE + 1)
    except OSError as error:
        reason = _("the file cannot be read ({reason})").format(reason=error.strerror or type(error).__name__)
        problem = Mark(str(path), 1, 1).problem(reason, _("Check the path and its permissions."))
        return ReadScenario(None, (problem,))
    return read_text(raw, str(path))


def read_text(raw: bytes, name: str) -> ReadScenario:
    """The scenario in ``raw``; ``name`` is what problems call it."""
    if len(raw) > LONGEST_FILE:
        reason = _("the file is larger than {limit} KiB").format(limit=LONGEST_FILE // 1000)
        return ReadScenario(None, (Mark(name, 1, 1).problem(reason, _("Write one scenario in each file.")),))
    try:
        root = loads(raw, name)
    except YamlError as error:
        return ReadScenario(None, (error.problem,))
    _clean_texts(root)
    problems: list[Problem] = []
    scenario = _Reader(problems).scenario(Fields(root, problems), name, sha256(raw).hexdigest()[:16])
    problems.sort(key=lambda problem: (problem.line, problem.column))
    return ReadScenario(None if problems else scenario, tuple(problems))


def _clean_texts(root: YamlNode) -> None:
    """Every text without what a terminal would obey; without recursion, whatever the depth."""
    waiting: list[YamlNode] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Scalar):
            node.text = clean(node.text)
        else:
            waiting.extend(node.items if isinstance(node, Sequence) else node.items.values())


class _Reader:
    """Reads one file; everything wrong goes to ``problems``."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def scenario(self, top: Fields, path: str, digest: str) -> Scenario:
        top.choice("schema", (SCHEMA,), "")
        facts = self._facts(top.fields("facts"))
        nodes = self._nodes(top.fields("nodes"))
        scenario = Scenario(
            id=self._matching(top, "id", _ID, "zh.late-parcel"),
            title=top.text("title", is_required=True, longest=80),
            lang=top.choice("lang", LANGS, "zh"),
            theme=Theme(top.choice("theme", tuple(Theme), Theme.PRESALE)),
            tags=self._themes(top, "tags"),
            stage=Stage(top.choice("stage", tuple(Stage), Stage.PRESALE)),
            difficulty=top.integer("difficulty", 1, least=1, most=3),
            seeds=self._seeds(top),
            lesson=top.text("lesson", is_required=True, longest=LONGEST_LINE),
            customer=top.text("customer", is_required=True, longest=40),
            about=top.text("about", longest=LONGEST_LINE),
            mood=_mood(top, "mood", GRIMMEST + 1, GENTLEST),
            limits=self._limits(top.fields("limits")),
            facts=facts,
            nevers=tuple(self._never(Fields(node, self.problems)) for node in top.entries("never")),
            start=top.text("start", "open"),
            nodes=nodes,
            nudges=top.texts("nudges", longest=LONGEST_LINE),
            farewells=top.texts("farewells", longest=LONGEST_LINE),
            transcripts=self._transcripts(top.fields("transcripts")),
            path=path,
            digest=digest,
            is_draft=top.flag("draft", False),
            policy=read_policy(top.fields("shop")),
        )
        top.finish()
        self._check_names(top, scenario)
        return scenario

    def _themes(self, top: Fields, key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((top.text("theme"), *top.texts(key, longest=40))))

    def _seeds(self, top: Fields) -> tuple[str, ...]:
        seeds = top.texts("seeds", longest=12)
        for seed in seeds:
            if not _SEED.fullmatch(seed):
                reason = _("“{text}” is no place in a course text").format(text=seed)
                top.complain("seeds", reason, _("Write text and offset, such as 004@4342."))
        return seeds

    def _facts(self, table: Fields | None) -> dict[str, Fact]:
        facts: dict[str, Fact] = {}
        for name, mark, node in table.pairs() if table else ():
            if not self._is_name(name, mark, (*DIMENSION_OF, BLOCK, REPEAT)):
                continue
            facts[name] = self._fact(name, Fields(node, self.problems))
        return facts

    def _fact(self, name: str, fields: Fields) -> Fact:
        fatal = fields.choice("fatal", ("", *Fatal), "")
        wrong = self._pattern(fields, "wrong")
        if fatal and wrong is None:
            fields.complain("fatal", _("fatal without “wrong”"), _("Say under wrong what would be fatal."))
        fact = Fact(
            name=name,
            card=fields.text("card"),
            task=fields.text("task"),
            said=self._pattern(fields, "said") or re.compile("(?!)"),
            wrong=wrong,
            fatal=Fatal(fatal) if fatal else None,
            worth=fields.integer("worth", 1, least=1, most=10),
            dimension=fields.choice("dimension", tuple(Dimension), Dimension.ANSWERED),
        )
        if not fields.has("said"):
            fields.complain(
                "said", _("“{key}” is missing").format(key="said"), _("Write how it is said: [a, b].")
            )
        if not fact.title:
            fields.complain(
                "card", _("neither “card” nor “task” is there"), _("Write what is true, or what is to do.")
            )
        fields.finish()
        return fact

    def _pattern(self, fields: Fields, key: str) -> re.Pattern[str] | None:
        """Any of the patterns under ``key``; None when there are none or one is refused."""
        patterns = fields.texts(key, most=40)
        if not patterns:
            return None
        try:
            for pattern in patterns:
                check_cost(pattern)
            return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
        except (PatternError, re.error) as error:
            reason = _("a pattern under “{key}” is refused: {reason}").format(key=key, reason=error)
            fields.complain(key, reason, _("Write plain words, [abc], (?:a|b) and {0,5} only."))
            return None

    def _never(self, fields: Fields) -> Never:
        fatal = fields.choice("fatal", ("", *Fatal), "")
        never = Never(
            said=self._pattern(fields, "said") or re.compile("(?!)"),
            why=fields.text("why", is_required=True, longest=LONGEST_LINE),
            fatal=Fatal(fatal) if fatal else None,
        )
        fields.finish()
        return never

    def _limits(self, fields: Fields | None) -> Limits:
        usual = Limits()
        if fields is None:
            return usual
        limits = Limits(
            *(fields.integer(name, getattr(usual, name), least=1, most=3600) for name in Limits.__slots__)
        )
        fields.finish()
        return limits

    def _nodes(self, table: Fields | None) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        for name, mark, node in table.pairs() if table else ():
            if self._is_name(name, mark):
                nodes[name] = self._node(name, Fields(node, self.problems))
        return nodes

    def _node(self, name: str, fields: Fields) -> Node:
        end = fields.choice("end", ("", Ending.SOLVED, Ending.KEPT, Ending.LOST), "")
        node = Node(
            name=name,
            says=fields.texts("say", longest=LONGEST_LINE),
            needs=fields.texts("need"),
            model=fields.text("model", longest=2000).strip(),
            branches=tuple(self._branch(Fields(each, self.problems)) for each in fields.entries("next")),
            end=Ending(end) if end else None,
            quiet_s=fields.integer("quiet", 0, most=3600),
            mark=fields.mark,
        )
        fields.finish()
        return node

    def _branch(self, fields: Fields) -> Branch:
        branch = Branch(
            conditions=fields.texts("if"),
            goto=fields.text("goto"),
            says=fields.texts("say", longest=LONGEST_LINE),
            mood=_mood(fields, "mood", -3, 3),
            most=fields.integer("max", 0, most=9),
            mark=fields.mark,
        )
        fields.finish()
        return branch

    def _transcripts(self, table: Fields | None) -> dict[Recorded, tuple[Given, ...]]:
        found: dict[Recorded, tuple[Given, ...]] = {}
        for quality in Recorded if table else ():
            found[quality] = tuple(self._given(each) for each in table.entries(quality)) if table else ()
        if table:
            table.finish()
        return found

    def _given(self, node: YamlNode) -> Given:
        if isinstance(node, Scalar):
            return Given(node.text)
        fields = Fields(node, self.problems)
        given = Given(
            fields.text("say", is_required=True, longest=2000), fields.integer("after", 20, most=3600)
        )
        fields.finish()
        return given

    def _matching(self, fields: Fields, key: str, pattern: re.Pattern[str], example: str) -> str:
        text = fields.text(key, is_required=True)
        if text and not pattern.fullmatch(text):
            reason = _("“{text}” is no good {key}").format(text=text[:40], key=key)
            fields.complain(key, reason, _("Use: {example}.").format(example=example))
        return text

    def _is_name(self, name: str, mark: Mark, taken: tuple[str, ...] = ()) -> bool:
        if _NAME.fullmatch(name) and name not in taken:
            return True
        reason = _("“{name}” is no good name here").format(name=name[:40])
        fix = _("Use small letters, digits and _; taken are: {names}.").format(names=", ".join(taken) or "-")
        self.problems.append(mark.problem(reason, fix))
        return False

    def _check_names(self, top: Fields, scenario: Scenario) -> None:
        """Every name that is used means something: nodes, acts, facts."""
        if scenario.start not in scenario.nodes:
            top.complain(
                "start", _("there is no node “{name}”").format(name=scenario.start), _("Add it under nodes.")
            )
        for node in scenario.nodes.values():
            for need in node.needs:
                self._check_terms(need, node.mark, scenario.facts, extra=())
            for branch in node.branches:
                if branch.goto and branch.goto not in scenario.nodes:
                    reason = _("there is no node “{name}”").format(name=branch.goto[:40])
                    self.problems.append(branch.mark.problem(reason, _("Add it under nodes.")))
                for condition in branch.conditions:
                    self._check_terms(condition, branch.mark, scenario.facts, extra=(BLOCK, REPEAT))

    def _check_terms(self, written: str, mark: Mark, facts: Table[str, Fact], extra: tuple[str, ...]) -> None:
        for term in written.split("|"):
            plain = term.removeprefix(WRONG) if extra else term
            if plain in facts or (plain == term and (plain in DIMENSION_OF or plain in extra)):
                continue
            reason = _("“{name}” is neither a fact of this scenario nor an act").format(name=term[:40])
            fix = _("Add it under facts, or use an act: {names}.").format(names=", ".join(DIMENSION_OF))
            self.problems.append(mark.problem(reason, fix))


def _mood(fields: Fields, key: str, least: int, most: int) -> int:
    """A whole number that may be negative."""
    text = fields.text(key, "0")
    if re.fullmatch(r"[+-]?\d", text) and least <= int(text) <= most:
        return int(text)
    fix = _("Write a number from {least} to {most}.").format(least=least, most=most)
    fields.complain(key, _("“{key}” is not a whole number").format(key=key), fix)
    return 0
