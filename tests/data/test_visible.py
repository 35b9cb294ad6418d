from burnish.data.anatomy import Cell
from burnish.data.visible import one_line, percent, reason_of, runs, visible, weight_text, width


def test_white_space_and_what_does_not_show_become_signs() -> None:
    assert visible(" a\tb\r\n") == "·a→b␍⏎"
    assert visible("\x1b[31m\u200b\u202e\x00") == "\\x1b[31m\\u200b\\u202e\\x00"
    assert visible("你好 é😀") == "你好·é😀"


def test_a_long_text_says_how_long_it_is() -> None:
    assert one_line("a b\nc") == "a b⏎c"
    assert one_line("x" * 2000, 5) == "xxxxx… (2,000 characters)"


def test_columns_of_a_terminal() -> None:
    assert [width(text) for text in ("ab", "你好", "é", "e\u0301")] == [2, 4, 1, 1]


def test_neighbours_of_one_kind_and_weight_go_together() -> None:
    cells = [Cell(1, "a", "user", 0.0), Cell(2, "b", "user", 0.0), Cell(3, "c", "assistant", 1.0)]
    assert [(kind, weight, len(run)) for kind, weight, run in runs(cells)] == [
        ("user", 0.0, 2),
        ("assistant", 1.0, 1),
    ]


def test_numbers_for_people() -> None:
    assert [weight_text(w) for w in (0.0, 1.0, 0.5)] == ["", "1", "0.5"]
    assert [percent(s) for s in (0.0, 0.00001, 0.5, 0.99999, 1.0)] == [
        "0.0%", "<0.1%", "50.0%", ">99.9%", "100.0%",
    ]  # fmt: skip


def test_a_long_reason_keeps_its_end() -> None:
    reason = "it is wrong, " * 60 + "so do this."
    found = reason_of(reason)
    assert found.startswith("it is wrong") and found.endswith("so do this.")
    assert len(found) < 540 and "characters left out" in found
    assert reason_of("short\n") == "short⏎"
