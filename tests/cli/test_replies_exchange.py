"""``csdesk replies import|export``: a difference first, written only on demand, the pack's own text kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from csdesk.__main__ import main


@pytest.fixture
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CSDESK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CSDESK_LANG", "en")
    return tmp_path / "data" / "quick_replies"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["replies", *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def canned(folder: Path, *records: tuple[str, str]) -> str:
    path = folder / "canned.json"
    path.write_text(
        json.dumps([{"short_code": code, "content": text} for code, text in records]), encoding="utf-8"
    )
    return str(path)


def test_a_difference_is_shown_and_nothing_written(
    packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "import", canned(tmp_path, ("yh", "Ready for {{contact.name}} {{vip}}")))
    assert code == 0
    assert out == "+ yh  Ready for {{vip}}\n"
    assert "line 1: yh: {{vip}} is not known here; it stays as text" in err
    assert "Nothing was written. With --apply it goes into" in err
    assert not packs.exists()


def test_apply_writes_and_keeps_what_a_person_wrote(
    packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packs.mkdir(parents=True)
    own = packs / "personal.yaml"
    head = "schema: csdesk.pack/1\npack: {id: me, title: Me, lang: en}\nreplies:\n"
    own.write_text(
        f"{head}  # keep me\n  - code: yh\n    title: T\n    body: old\n  - {{code: x, title: X, body: x}}\n"
    )
    file = canned(tmp_path, ("yh", "new"), ("zx", "in"))
    code, out, _err = run(capsys, "import", file, "--apply")
    assert code == 0
    assert "~ yh  T\n" in out
    assert "    -body: old\n    +body: new\n" in out
    text = own.read_text()
    assert text.startswith(
        f"{head}  # keep me\n  - code: yh\n    title: T\n    body: new\n  - {{code: x, title: X, body: x}}\n"
    )
    again = json.loads(run(capsys, "import", file, "--json")[1])
    assert (again["unchanged"], again["added"], again["deleted"]) == (2, [], [])
    pruned = json.loads(run(capsys, "import", file, "--prune", "--apply", "--json")[1])
    assert pruned["deleted"] == ["x"]
    assert "code: x," not in own.read_text()


def test_the_team_has_a_pack_of_its_own(
    packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "import", canned(tmp_path, ("yh", "hi")), "--team", "--apply")[0] == 0
    assert "scope: team" in (packs / "team" / "team.yaml").read_text()
    assert not (packs / "personal.yaml").exists()


def test_what_cannot_be_taken_is_told_by_the_exit_code(
    packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _err = run(capsys, "import", canned(tmp_path, ("yh", "a"), ("yh", "b"), ("no", "")), "--apply")
    assert code == 1
    assert "! yh  line 1: line 1 of the file has it already" in out
    assert "! no  line 1: there is no text in it" in out
    assert "code: yh" in (packs / "personal.yaml").read_text()


@pytest.mark.parametrize("text", ["[{]", "", "{}", "\x00\x00"])
def test_a_bad_file_is_refused_and_writes_nothing(
    packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    code, out, err = run(capsys, "import", str(path), "--apply")
    assert (code, out) == (1, "")
    assert "Traceback" not in err
    assert not packs.exists()
    assert f"csdesk: {path}: " in err


def test_a_pack_that_is_broken_is_not_written_to(
    packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packs.mkdir(parents=True)
    (packs / "personal.yaml").write_text("schema: [\n")
    code, _out, err = run(capsys, "import", canned(tmp_path, ("yh", "a")), "--apply")
    assert code == 1
    assert "personal.yaml:" in err
    assert (packs / "personal.yaml").read_text() == "schema: [\n"


@pytest.mark.parametrize(
    "form", ["csv", "chatwoot", "zammad", "livehelperchat", "rocketchat", "intercom", "freescout"]
)
def test_all_replies_in_use_go_out_and_come_in(
    packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    path = tmp_path / f"out.{form}"
    written = json.loads(run(capsys, "export", "--all", "--format", form, "--to", str(path), "--json")[1])
    read = json.loads(run(capsys, "import", str(path), "--json")[1])
    assert written["replies"] > 50
    assert (read["format"], read["errors"]) == (form, [])
    assert len(read["added"]) + len(read["conflicts"]) == written["replies"]
    assert not [
        each
        for each in read["conflicts"]
        if "belongs" not in each["reason"] and "already" not in each["reason"]
    ]


def test_an_export_to_a_pipe_is_nothing_but_the_file(
    packs: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSDESK_LANG", "en")
    assert main(["replies", "export", "--bom"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"\xef\xbb\xbfcode,body,title")


def test_options_that_make_no_sense(packs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "export", "--json")[0] == 2
    assert run(capsys, "export", "--format", "chatwoot", "--bom")[0] == 2
