import pytest

from burnish.data.cells import BadRow, is_cut, kind_of, list_of, literal, needed, text_of


def test_text_cells() -> None:
    assert text_of({"a": "x"}, "a") == "x" and text_of({}, "a") is None
    assert needed({"a": " x"}, "a") == " x"
    with pytest.raises(BadRow, match="a is a number, not text"):
        text_of({"a": 1}, "a")
    with pytest.raises(BadRow, match="a is empty"):
        needed({"a": "\n"}, "a")


def test_lists_may_be_written_as_text() -> None:
    assert list_of({"a": "[1, 2]"}, "a") == list_of({"a": "(1, 2)"}, "a") == [1, 2]
    assert list_of({"a": {"x": [1, 2], "y": [3, 4]}}, "a") == [{"x": 1, "y": 3}, {"x": 2, "y": 4}]
    assert literal("{'a': None}", "a") == {"a": None} and literal("", "a") == ""
    with pytest.raises(BadRow, match="a is true or false, not a list"):
        list_of({"a": True}, "a")


def test_half_characters_are_found_everywhere() -> None:
    assert is_cut({"a": [{"b": "\ud83d"}]}) and is_cut({"\ud83d": 1})
    assert not is_cut({"a": ["\U0001f600", None, 1]})


def test_kinds_in_words() -> None:
    assert [kind_of(x) for x in (None, "", 1, 1.5, True, [], {}, b"")] == [
        "null", "text", "a number", "a number", "true or false", "a list", "an object", "bytes",
    ]  # fmt: skip
