"""Two hundred packs that mean harm or were made by a machine that failed; each is a name and its bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator

HEAD = "schema: csdesk.pack/1\npack: {id: h, title: T, lang: en, scope: personal}\n"
REPLY = "  - {code: a, title: T, body: B}\n"
SIZE = 1_000_000
"""Just under what the loader takes: what is larger is refused before it is read."""


def packs() -> Iterator[tuple[str, bytes]]:
    """All of them; the same at each call."""
    for name, text in (*_bombs(), *_syntax(), *_heads(), *_slots(), *_values(), *_templates(), *_texts()):
        yield name, text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    yield from _broken_bytes()


def _reply(inside: str) -> str:
    return f"{HEAD}replies:\n  - {inside}\n"


def _bombs() -> Iterator[tuple[str, str]]:
    laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    yield "billion laughs", laughs
    yield "quadratic blowup", f"a: &a {'x' * 50_000}\nb: [{', '.join(['*a'] * 5_000)}]\n"
    yield "an alias to itself", "a: &a [*a]\n"
    yield "merge keys", f"{HEAD}base: &b {{code: a}}\nreplies:\n  - <<: *b\n"
    yield "lists in lists", "[" * (SIZE // 2) + "]" * (SIZE // 2)
    yield "open lists", "[" * SIZE
    yield "open mappings", "{a: " * (SIZE // 4)
    yield "blocks in blocks", "".join(f"{' ' * depth}a:\n" for depth in range(1_300))
    yield "dashes", "- " * (SIZE // 2) + "x"
    yield "question marks", "? " * (SIZE // 2) + "x"
    yield "many small lists", HEAD + "replies: [" + "[], " * (SIZE // 5) + "]"
    yield "many empty replies", HEAD + "replies:\n" + "  - {}\n" * (SIZE // 8)
    yield "many replies", HEAD + "replies:\n" + REPLY * (SIZE // len(REPLY) - 2)
    yield "many texts as replies", HEAD + "replies:\n" + "  - x\n" * (SIZE // 7)
    yield "many unknown keys", HEAD + "".join(f"key{number}: x\n" for number in range(60_000))
    yield "unknown keys in a reply", _reply("{" + ", ".join(f"k{n}: x" for n in range(60_000)) + "}")
    yield "many slots", HEAD + "vars:\n" + "".join(f"  s{n}: {{prompt: x}}\n" for n in range(40_000))
    yield "many slots wrong", HEAD + "vars:\n" + "".join(f"  S{n}: {{prompt: x}}\n" for n in range(40_000))
    yield "many problems", HEAD + "replies:\n" + "  - {code: A, title: T, body: B, x: y}\n" * 25_000
    yield "many duplicate codes", HEAD + "replies:\n" + REPLY * 2_000
    yield "many tags", _reply("{code: a, title: T, body: B, tags: [" + "t, " * (SIZE // 4) + "t]}")
    yield "many aliases", _reply("{code: a, title: T, body: B, aliases: [" + "t, " * (SIZE // 4) + "t]}")
    yield "many choices", HEAD + "vars: {s: {choices: [" + "t, " * (SIZE // 4) + "t]}}\n"
    yield "many actions", _reply("{code: a, title: T, body: B, actions: [" + "{label: x}, " * 60_000 + "]}")
    yield "many variants", _reply("{code: a, title: T, body: B, variants: [" + "x, " * (SIZE // 4) + "]}")
    yield "many placeholders", _reply('{code: a, title: T, body: "' + "{{x}}" * (SIZE // 6) + '"}')
    yield (
        "many unknown placeholders",
        "".join(
            (
                HEAD,
                "replies:\n",
                *(f'  - {{code: c{n}, title: T, body: "{"{{qq}}" * 300}"}}\n' for n in range(500)),
            )
        ),
    )
    yield "a huge text", _reply("{code: a, title: T, body: " + "x" * SIZE + "}")
    yield "a huge key", f"{HEAD}{'k' * 1_000}: x\n"
    yield "a huge key in quotes", f'{HEAD}"{"k" * SIZE}": x\n'
    yield "a huge number", _reply(f"{{code: a, title: T, body: B, id: {'9' * 100_000}}}")
    yield "a huge version", HEAD.replace("scope: personal", f"version: {'9' * 100_000}")
    yield "a huge comment", HEAD + "#" + "x" * SIZE
    yield "empty lines", HEAD + "\n" * SIZE
    yield "spaces", HEAD + " " * SIZE
    yield "tabs", HEAD + "\t" * SIZE
    yield "documents", "--- x\n" * (SIZE // 6)
    yield "directives", "%YAML 1.2\n" * 50_000 + "--- x\n"
    yield "tag directives", "".join(f"%TAG !t{n}! tag:{n},2000:\n" for n in range(20_000)) + "--- x\n"
    yield "escapes", f'{HEAD}x: "' + "\\u4e00" * (SIZE // 7) + '"\n'
    yield "folded lines", f"{HEAD}x: >\n" + "  a\n\n" * (SIZE // 6)
    yield "single quotes", f"{HEAD}x: '" + "''" * (SIZE // 3) + "'\n"


def _syntax() -> Iterator[tuple[str, str]]:
    broken = (
        "a: b: c", "a: [", "a: {", "a: 'x", 'a: "x', 'a: "\\q"', "a:\n\tb: c", "- a\nb: c", "a: b\n c: d", "@a", "`a",
        "%a", "a: *b", "a: &b c", "a: !!python/object:os.system x", "a: !!python/name:os.system", "a: !x y",
        "!!binary aGk=", "a: !!timestamp 2026-01-01", "a: |2x\n  b", "a: >-+\n  b", "? [a]\n: b", "? {a: b}\n: c",
        "{a: 1, a: 2}", "a: 1\na: 2", "<<: {a: b}", "a: {<<: [x]}", "...", "---", "--- a\n--- b", "a: 1\n...\nb: 2",
        "\ufeff\ufeffa: b", "a: \x85b", "a: \u2028b", "[a, b", "a]", "}", ": x", "? ", "- - - x", "a: - b", "&a", "*a", "",
        "   ", "#", "null", "~", "1", "true", "[]", "{}", "a", "- a",
    )  # fmt: skip
    for number, text in enumerate(broken):
        yield f"syntax {number}", text


def _heads() -> Iterator[tuple[str, str]]:
    tail = f"replies:\n{REPLY}"
    for number, head in enumerate((
        "", "schema: csdesk.pack/2\npack: {id: h, title: T, lang: en}\n", "schema: [csdesk.pack/1]\n", "pack: x\n",
        "schema: csdesk.pack/1\npack: []\n", "schema: csdesk.pack/1\npack: {id: '../../etc', title: T, lang: en}\n",
        "schema: csdesk.pack/1\npack: {id: h, title: T, lang: '*'}\n",
        "schema: csdesk.pack/1\npack: {id: h, title: T, lang: en, scope: root}\n",
        "schema: csdesk.pack/1\npack: {id: h, title: T, lang: en, version: -1}\n",
        "schema: csdesk.pack/1\npack: {id: h, title: T, lang: en, version: 0x10}\n",
        "schema: csdesk.pack/1\npack: {id: h, title: T, lang: en, version: 1e9}\n",
        "schema: csdesk.pack/1\npack: {id: h, title: {}, lang: en}\n",
        "SCHEMA: csdesk.pack/1\npack: {id: h, title: T, lang: en}\n",
    )):  # fmt: skip
        yield f"head {number}", head + tail


def _slots() -> Iterator[tuple[str, str]]:
    for number, slots in enumerate((
        "x", "[]", "{eta: x}", "{eta: []}", "{Eta: {}}", "{cursor: {}}", "{eta: {type: code}}", "{eta: {type: choice}}",
        "{eta: {choices: []}}", "{eta: {choices: ['']}}", "{eta: {choices: [{}]}}", "{eta: {required: maybe}}",
        "{eta: {min: 1}}", "{eta: {type: number, min: x}}", "{eta: {type: number, min: 9, max: 1}}",
        "{eta: {type: number, min: .inf}}", "{eta: {type: number, min: 1e999}}", "{contact.name: {prompt: x}}",
        "{eta: {pattern: '(a+)+$'}}", "{'': {prompt: x}}",
    )):  # fmt: skip
        yield f"slot {number}", f"{HEAD}vars: {slots}\nreplies:\n{REPLY}"


def _values() -> Iterator[tuple[str, str]]:
    for number, value in enumerate((
        "code: [a]", "code: {}", "code: ''", "code: '../a'", "code: 'a b'", "code: 1.5e3x!", "title: []", "title: {}",
        "body: []", "body: {a: b}", "body: null", "aliases: x y", "aliases: {a: b}", "tags: [[a]]", "stage: [presale]",
        "stage: later", "tier: [D]", "tier: {A: B}", "channels: [fax]", "folder: [a]", "subject: {}", "variants: {}",
        "fallback: []", "note: []", "valid: x", "valid: []", "valid: {from: 2026-02-31}", "valid: {from: yesterday}",
        "valid: {from: 2026-02-02, until: 2026-01-01}", "valid: {hours: 9-18}", "valid: {hours: '25:00-26:00'}",
        "valid: {days: [funday]}", "valid: {days: {}}", "valid: {cron: '* * * * *'}", "actions: x", "actions: {label: x}",
        "actions: [x]", "actions: [[]]", "actions: [{run: rm}]", "actions: [{snooze: 99999d}]", "actions: [{snooze: -1d}]",
        "actions: [{status: deleted}]", "actions: [{priority: 11}]", "actions: [{label: []}]", "etiquette: x",
        "etiquette: {checked: 7}", "id: 'a b'", "id: [1]", "exec: rm", "__class__: x",
    )):  # fmt: skip
        key = value.split(":")[0]
        given = {"code": "code: a", "title": "title: T", "body": "body: B"}
        inside = [*(line for name, line in given.items() if name != key), value]
        yield f"value {number}", _reply("{" + ", ".join(inside) + "}")


def _templates() -> Iterator[tuple[str, str]]:
    for number, body in enumerate((
        "{{", "}}", "{{}}", "{{ }}", "{{{{", "{{{{{{", "{{a}", "{{a b}}", "{{a|{{b}}}}", "{{contact}}", "{{contact.}}",
        "{{.name}}", "{{contact.name.__class__}}", "{{contact.__class__.__mro__}}", "{{agent.name | {{agent.name}}}}",
        "{{7*7}}", "${7*7}", "#{7*7}", "%{x}", "{% import os %}", "{{config.items()}}", "{0.__class__}", "%s%n%x",
        "{{cursor}}{{cursor}}", "{{cursor|x}}", "{{eta}}", "[@click=app.quit]x[/]", "[/x]", "[bold]", "[link=file:///etc]x[/]",
        "\\x1b]0;x\\x07", "\\x9b31m", "\\u202ex", "\\U000e0041x", "\\ud800", "\\0", "{{contact.name|\\x1b[2J}}",
    )):  # fmt: skip
        quoted = body.replace('"', '\\"')
        yield f"template {number}", _reply(f'{{code: a, title: "{quoted}", body: "{quoted}"}}')


def _texts() -> Iterator[tuple[str, str]]:
    for number, text in enumerate(
        ("0123456", "0o17", "1e5", "yes", "2026-01-01", "12:30", ".5", "1_000", "0x1F", "no")
    ):
        yield f"text {number}", _reply(f"{{code: a, title: {text}, body: {text}, tags: [{text}]}}")


def _broken_bytes() -> Iterator[tuple[str, bytes]]:
    sound = _reply("{code: a, title: T, body: B}").encode()
    yield "utf-16", "\ufeff".encode("utf-16-le") + sound.decode().encode("utf-16-le")
    yield "latin-1", sound + b"# caf\xe9\n"
    yield "gb18030", "body: 发货".encode("gb18030")
    yield "nul", sound + b"\x00"
    yield "only nuls", b"\x00" * SIZE
    yield "too large", b"#" * (3 << 20)
    pick = random.Random(5)
    for number in range(20):
        bent = bytearray(sound)
        for _time in range(4):
            bent[pick.randrange(len(bent))] = pick.randrange(256)
        yield f"bent {number}", bytes(bent)
