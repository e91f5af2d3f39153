"""--help in Chinese: click's own words translated, columns straight, lines no wider than the terminal."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import click
import pytest

from csdesk import i18n
from csdesk.cli.complaints import in_our_words
from csdesk.cli.help import CellHelpFormatter, HelpContext, in_words
from csdesk.text import cell_width

RunCsdesk = Callable[..., "subprocess.CompletedProcess[str]"]
WIDTH = 60


def help_of(command: click.Command) -> str:
    command.context_class = HelpContext
    return command.get_help(HelpContext(command, info_name="probe", terminal_width=WIDTH))


@pytest.fixture
def probe() -> click.Command:
    @click.command(
        help="把会话设为稍后处理，" * 9 + "直到某个时间。\n\n第二段。", epilog="\b\n示例：\n  probe 一  二"
    )
    @click.argument("ref")
    @click.option(
        "--limit", type=click.IntRange(1, 9), default=3, show_default=True, help="最多列出多少条。" * 6
    )
    @click.option("--a-very-long-option-with-a-name", metavar="NAME", help="说明。")
    def command(**_given: object) -> None:
        """Never run."""

    return command


@pytest.mark.parametrize("command", [(), ("queue",), ("label",), ("replies",)])
def test_chinese_help_has_no_english_of_click(run_csdesk: RunCsdesk, command: tuple[str, ...]) -> None:
    said = run_csdesk("--lang", "zh_CN", *command, "--help").stdout
    assert said.startswith("用法：csdesk ")
    assert "\n选项：\n" in said
    assert "显示此帮助。" in said
    assert re.search(r"Usage|Options|Commands|Show this|\[default|NAME|REF|INTEGER|OPTIONS", said) is None


def test_lines_end_in_time_and_columns_stand_straight(probe: click.Command) -> None:
    i18n.set_language("zh_CN")
    lines = help_of(probe).splitlines()
    assert max(map(cell_width, lines)) <= WIDTH
    starts = {
        cell_width(found[1])
        for line in lines[lines.index("选项：") : lines.index("  示例：")]
        if (found := re.match(r"(  (?:-\S+(?: \S+)*)? {2,})\S", line))
    }
    assert len(starts) == 1


def test_paragraphs_and_kept_lines_stay(probe: click.Command) -> None:
    lines = help_of(probe).splitlines()
    assert lines[lines.index("  第二段。") - 1] == ""
    assert lines[-2:] == ["  示例：", "    probe 一  二"]


def test_a_term_that_is_too_long_has_its_line_alone(probe: click.Command) -> None:
    lines = help_of(probe).splitlines()
    after = lines[lines.index("  --a-very-long-option-with-a-name NAME") + 1]
    assert after.strip() == "说明。"


def test_english_help_is_as_click_writes_it() -> None:
    @click.command(help="Say a few words about a thing. " * 4)
    @click.argument("words", nargs=-1, required=True)
    @click.option("--limit", type=int, default=3, show_default=True, help="How many at most. " * 5)
    def command(**_given: object) -> None:
        """Never run."""

    stock = command.get_help(click.Context(command, info_name="probe", terminal_width=WIDTH))
    assert help_of(command) == stock


@pytest.mark.parametrize(
    ("usage", "chinese"),
    [
        ("REF [TEXT]", "编号 [文字]"),
        ("REF [+NAME] [-NAME]", "编号 [+名称] [-名称]"),
        ("--limit INTEGER RANGE", "--limit 整数"),
        ("[A|B|C] low|high JSON", "[A|B|C] low|high JSON"),
    ],
)
def test_placeholders_are_translated(usage: str, chinese: str) -> None:
    assert in_words(usage) == usage
    i18n.set_language("zh_CN")
    assert in_words(usage) == chinese


def test_text_is_indented_with_its_section() -> None:
    formatter = CellHelpFormatter(width=WIDTH)
    with formatter.section("Options"):
        formatter.write_text("one\ntwo")
    assert formatter.getvalue() == "Options:\n  one two\n"


@pytest.mark.parametrize(
    ("arguments", "chinese"),
    [
        (["replies", "find", "yh", "--limit", "x"], "'--limit'：x 不是数字。"),
        (["replies", "find", "yh", "--limit", "0"], "'--limit'：0 不在 1<=x<=5000 的范围内。"),
        (["completion", "tcsh"], "'SHELL'：tcsh 不是可用的值：'bash', 'zsh', 'fish'。"),
        (["completion", "bash", "zsh"], "多余的词：zsh。"),
        (["--lang"], "--lang 需要一个值。"),
        (["config", "show", "--json=1"], "--json 不带值。"),
    ],
)
def test_complaints_of_click_are_translated(
    run_csdesk: RunCsdesk, arguments: list[str], chinese: str
) -> None:
    ran = run_csdesk(*arguments, env={"CSDESK_LANG": "zh_CN"})
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[0] == f"csdesk: {chinese}"


def test_an_unknown_complaint_stays_as_it_is() -> None:
    assert in_our_words("The moon is full.") == "The moon is full."
