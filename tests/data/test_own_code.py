import sys
from pathlib import Path

import pytest

from burnish.core.errors import DataError
from burnish.data.own_code import module_of, told


def test_a_file_is_run_once_and_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("VALUE = []\n")
    first = module_of(path)
    assert module_of(path) is first and str(tmp_path) not in sys.path
    path.write_text("VALUE = [1]\n")
    assert module_of(path).VALUE == [1] and first.VALUE == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a = 1\nb = 1 / 0\n", "failed with ZeroDivisionError: division by zero .line 2."),
        ("a = 1\nb = = 2\n", "importing it failed with SyntaxError: invalid syntax .line 2."),
        ("import sys\nsys.exit(3)\n", "importing it failed with SystemExit: 3 .line 2."),
    ],
)  # fmt: skip
def test_a_file_that_fails(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text(text)
    with pytest.raises(DataError, match=says):
        module_of(path)
    with pytest.raises(DataError, match="cannot be read"):
        module_of(tmp_path / "none.py")


def test_the_line_of_another_file_is_not_told(tmp_path: Path) -> None:
    try:
        int("x")
    except ValueError as error:
        assert told(error, Path(__file__)).endswith(f"(line {error.__traceback__.tb_lineno})")  # type: ignore[union-attr]
        assert told(error, tmp_path / "other.py") == (
            "ValueError: invalid literal for int() with base 10: 'x'"
        )
