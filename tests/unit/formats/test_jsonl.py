"""The jsonl format: what goes in comes out, and every fault has its own clear sentence."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.errors import DataError
from csdesk.formats.jsonl import (
    decode_line,
    encode_line,
    load_transcripts,
    read_transcripts,
)
from csdesk.formats.record import Problem
from csdesk.model.conversation import Stage, Status, Tier
from csdesk.model.message import Sender
from csdesk.model.transcript import Transcript, TranscriptContact, TranscriptMessage
from tests.factories import transcripts

CORPUS = Path(__file__).resolve().parents[4] / "shared/data/crosswoz-val.jsonl"
GOOD = b'{"id":"1","messages":[{"from":"customer","text":"hi"}]}'


def read(data: bytes, **options: int) -> list[Transcript | Problem]:
    return [line.content for line in read_transcripts(io.BytesIO(data), **options)]


def fault(line: str | bytes) -> DataError:
    with pytest.raises(DataError) as caught:
        decode_line(line if isinstance(line, bytes) else line.encode())
    return caught.value


@given(transcripts())
def test_what_is_written_is_read_back(transcript: Transcript) -> None:
    line = encode_line(transcript)
    assert line.count(b"\n") == 1
    assert decode_line(line) == transcript


@given(transcripts())
def test_a_line_is_canonical(transcript: Transcript) -> None:
    line = encode_line(transcript)
    spread = json.dumps(json.loads(line), indent=1, sort_keys=True).replace("\n", " ").encode()
    assert encode_line(decode_line(spread)) == line


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for line in read_transcripts(io.BytesIO(data)):
        assert isinstance(line.content, Problem)
        assert line.content.reason and line.content.hint


def test_a_full_line() -> None:
    line = (
        '{"id":"c1","source":"shop","lang":"zh","inbox":"web","stage":"presale","subject":"尺码",'
        '"status":"resolved","contact":{"name":"林","email":"lin@example.com","phone":"1","tier":"A"},'
        '"labels":["vip"],"messages":[{"from":"agent","text":"您好","at":"2026-01-02T03:04:05.006Z",'
        '"author":"张敏","id":"m1"}]}\n'
    ).encode()
    transcript = decode_line(line)
    assert transcript == Transcript(
        id="c1",
        source="shop",
        lang="zh",
        inbox="web",
        stage=Stage.PRESALE,
        subject="尺码",
        status=Status.RESOLVED,
        contact=TranscriptContact("林", "lin@example.com", "1", Tier.A),
        labels=("vip",),
        messages=(TranscriptMessage(Sender.AGENT, "您好", 1767323045006, "张敏", "m1"),),
    )
    assert encode_line(transcript) == line


def test_acts_are_read_over_and_null_is_absent() -> None:
    line = (
        b'{"id":"1","subject":null,"contact":{},"messages":'
        b'[{"from":"customer","text":"hi","acts":[{"a":{"b":1}}]}]}'
    )
    assert decode_line(line) == decode_line(GOOD)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("[]", "holds a list"),
        ('"x"', "holds a text"),
        ("{}", '"messages" is missing'),
        ('{"messages":[]}', '"id" is missing'),
        ('{"id":" ","messages":[]}', '"id" is empty'),
        ('{"id":7,"messages":[]}', '"id" is a number, but should be a text'),
        ('{"id":"1","messages":{}}', '"messages" is an object, but should be a list'),
        ('{"id":"1","messages":[3]}', '"messages[0]" is a number'),
        ('{"id":"1","messages":[{"text":"x"}]}', '"messages[0].from" is missing'),
        ('{"id":"1","messages":[{"from":"agent"}]}', '"messages[0].text" is missing'),
        (
            '{"id":"1","messages":[{"from":"bot","text":"x"}]}',
            '"messages[0].from" is "bot"',
        ),
        (
            '{"id":"1","messages":[{"from":"auto","text":"x"}]}',
            '"messages[0].from" is "auto"',
        ),
        (
            '{"id":"1","messages":[{"from":"agent","text":1}]}',
            '"messages[0].text" is a number',
        ),
        (
            '{"id":"1","messages":[{"from":"agent","text":"x","at":"soon"}]}',
            '"messages[0].at" is "soon"',
        ),
        (
            '{"id":"1","messages":[{"from":"agent","text":"x","at":"0001-01-01T00:00:00+14:00"}]}',
            "not a time",
        ),
        (
            '{"id":"1","messages":[{"from":"agent","text":"x","at":true}]}',
            "is true or false",
        ),
        ('{"id":"1","status":"done","messages":[]}', '"status" is "done"'),
        ('{"id":"1","stage":"later","messages":[]}', '"stage" is "later"'),
        ('{"id":"1","contact":{"tier":"D"},"messages":[]}', '"contact.tier" is "D"'),
        ('{"id":"1","contact":"Lin","messages":[]}', '"contact" is a text'),
        ('{"id":"1","labels":["a",1],"messages":[]}', '"labels[1]" is a number'),
        ('{"id":"1","labels":"a","messages":[]}', '"labels" is a text'),
        ('{"id":"1","id":"2","messages":[]}', 'The key "id" is there twice'),
        ('{"id":"1","id"\t:"2","messages":[]}', 'The key "id" is there twice'),
        (
            '{"id":"1","contact":{"name":"a","name":"b"},"messages":[]}',
            'The key "name" is there twice',
        ),
        (
            '{"id":"1","messages":[{"from":"agent","text" :"a","text":"b"}]}',
            'The key "text" is there twice',
        ),
        ('{"id":NaN,"messages":[]}', "NaN is not a JSON value"),
        ('{"id":"\\ud83d","messages":[]}', "half of a character"),
        ('{"id":"1","acts":1e999,"messages":[]}', "number that is too large"),
        ('{"id":' + "9" * 5000 + "}", "number that is too large"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"id":"1","messages":[', "not valid JSON (character 23)"),
        ('{"id":"1"} {"id":"2"}', "not valid JSON (character 12)"),
        (b'{"id":"\xff"}', "Byte 8 of the line is not UTF-8"),
    ],
)
def test_each_fault_is_named(line: str | bytes, words: str) -> None:
    error = fault(line)
    assert words in error.sentence
    assert error.hint
    assert "\n" not in error.sentence and len(error.sentence) < 160


def test_an_unknown_key_names_the_nearest_and_is_skipped_when_lenient() -> None:
    line = b'{"id":"1","mesages":1,"messages":[{"from":"customer","text":"hi"}],"contact":{"x":1}}'
    error = fault(line)
    assert '"mesages"' in error.sentence and '"messages"' in error.hint
    assert decode_line(line, is_lenient=True) == decode_line(GOOD)
    assert '"contact.x"' in fault(line.replace(b'"mesages":1,', b"")).sentence
    assert '"messages[0].txt"' in fault(GOOD.replace(b'"hi"', b'"hi","txt":1')).sentence


def test_a_hostile_key_is_shown_harmless() -> None:
    sentence = fault(b'{"\\u001b]0;x\\u0007\xe2\x80\xae":1}').sentence
    assert sentence.isprintable() and "\\u001b" in sentence and "\\u202e" in sentence


def test_bad_lines_have_numbers_and_the_rest_is_read() -> None:
    data = b"\xef\xbb\xbf" + GOOD + b"\r\n\n{\n" + GOOD + b"\n  \nx"
    lines = list(read_transcripts(io.BytesIO(data)))
    assert [(line.line, isinstance(line.content, Problem)) for line in lines] == [
        (1, False),
        (3, True),
        (4, False),
        (6, True),
    ]
    assert lines[-1].end == len(data)
    problem = lines[1].content
    assert isinstance(problem, Problem)
    assert problem.sentence.startswith("Line 3: ")


def test_a_line_as_long_as_the_limit_is_read_and_one_longer_is_not() -> None:
    at_limit = read(GOOD + b"\n" + GOOD, line_limit=len(GOOD))
    assert not any(isinstance(content, Problem) for content in at_limit)
    over = read(GOOD + b" \n" + GOOD, line_limit=len(GOOD))
    assert isinstance(over[0], Problem) and "longer than" in over[0].reason
    assert isinstance(over[1], Transcript)


def test_an_endless_line_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
        file.seek(0, 2)
        file.write(b"\n" + GOOD + b"\n")
    tracemalloc.start()
    with path.open("rb") as stream:
        lines = list(read_transcripts(stream))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [line.line for line in lines] == [1, 2]
    assert isinstance(lines[0].content, Problem) and isinstance(lines[1].content, Transcript)
    assert lines[1].end == path.stat().st_size
    assert peak < 64 * 1024 * 1024


def test_utf16_is_said_once() -> None:
    contents = read((GOOD.decode() + "\n").encode("utf-16") * 3)
    assert len(contents) == 1
    assert isinstance(contents[0], Problem) and "UTF-16" in contents[0].reason


def test_loading_stops_at_the_first_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.write_bytes(GOOD + b"\n{}\n")
    with pytest.raises(DataError, match=r"some\.jsonl, line 2: "):
        load_transcripts(path)
    path.write_bytes(GOOD)
    assert load_transcripts(path) == [decode_line(GOOD)]


@pytest.mark.skipif(not CORPUS.exists(), reason="../shared/data/crosswoz-val.jsonl is not here")
def test_the_real_corpus() -> None:
    with CORPUS.open("rb") as stream:
        contents = [line.content for line in read_transcripts(stream)]
    found = [content for content in contents if isinstance(content, Transcript)]
    assert (len(contents), len(found)) == (500, 500)
    assert sum(len(transcript.messages) for transcript in found) == 8458
    assert all(decode_line(encode_line(transcript)) == transcript for transcript in found)
