import re

from burnish.data.anatomy import Cell
from burnish.data.audit import Audit, Counts, Lengths, RejectGroup, Roles, Shown, Unrolled
from burnish.data.sample import SampleId
from burnish.data.show import show
from burnish.data.visible import width


def audit(cells: list[Cell], **changes: object) -> Audit:
    values: dict[str, object] = {
        "model": "demo",
        "template": [("template", "own")],
        "sets": [],
        "lengths": Lengths([(1, 5, 3), (6, 10, 1)], 4.0, 3, 9, 9, 16),
        "roles": Roles({"user": Counts(4, 0), "assistant": Counts(12, 12)}, 2, 9),
        "notes": {"answers of some kind": 2},
        "rejects": [],
        "unrolled": Unrolled(1, 2),
        "packing": None,
        "shown": [Shown(SampleId("a.jsonl", 7), 1, 2, cells)],
    }
    return Audit(**{**values, **changes})  # type: ignore[arg-type]


CELLS = [
    Cell(1, "<|im_start|>", "template", 0.0, True),
    Cell(2, "user\n", "template", 0.0),
    Cell(3, " Hi", "user", 0.0),
    Cell(4, "\x1b[0m", "assistant", 0.5),
    Cell(5, "你好", "assistant", 0.5),
]


def test_a_sample_names_role_and_loss_of_every_turn() -> None:
    lines = show(audit(CELLS)).splitlines()
    assert lines[:5] == [
        "a.jsonl:7, sequence 1 of 2: 5 tokens, 2 trained",
        "  role      loss tokens",
        "  template       <|im_start|>│user⏎",
        "  user           ·Hi",
        "  assistant 0.5  \\x1b[0m│你好",
    ]


def test_colours_add_nothing_but_colours() -> None:
    plain, coloured = show(audit(CELLS)), show(audit(CELLS), color=True)
    assert "\x1b" not in plain and "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_lines_keep_to_the_width_and_long_turns_say_what_is_left_out() -> None:
    long = [Cell(k, "字词", "assistant", 1.0) for k in range(300)]
    lines = show(audit(long), columns=60).splitlines()
    body = lines[2 : next(i for i, line in enumerate(lines) if not line)]
    assert len(body) == 8 and all(width(line) <= 60 for line in body)
    assert "… 248 tokens not shown …" in body[5]


def test_the_rest_of_the_report() -> None:
    groups = [RejectGroup("rejected", "cannot be used", "x", [f"a.jsonl:{k}" for k in range(12)])]
    text = show(audit([], shown=[], rejects=groups))
    assert "TOKENS BY ROLE (OF 2 OF 9 SAMPLES)" in text
    assert f"assistant  {'█' * 15}      {75:>5.1f}% of the tokens, 100.0% of these trained" in text
    assert "  1-5  ████████████████████████████████████████ 3" in text
    assert "1 conversation unrolled into 2 sequences\n  2 answers of some kind" in text
    assert "12 rows cannot be used: x\n    a.jsonl:0, a.jsonl:1" in text
    assert text.endswith("a.jsonl:7 and 4 more")
