import json
from pathlib import Path

import pytest

from burnish.core.errors import TemplateError
from burnish.data.saved import TEMPLATE_FILE, compare, read_saved


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / TEMPLATE_FILE
    path.write_text(json.dumps({"jinja": "x", "name": "own"}))
    assert read_saved(path)["jinja"] == "x"


def test_a_list_is_no_template(tmp_path: Path) -> None:
    path = tmp_path / TEMPLATE_FILE
    path.write_text("[]")
    with pytest.raises(TemplateError, match="holds no template"):
        read_saved(path)


def test_differences_are_named_and_tuples_are_lists() -> None:
    saved = {"sha256": "a", "system": None, "stop_ids": [1], "tools_prompt": None}
    assert compare(saved, {**saved, "stop_ids": (1,)}) == ""
    text = compare(saved, {**saved, "system": "S", "tools_prompt": "react_zh"})
    assert "the system prompt: None in training, 'S' now" in text and "react_zh" in text


def test_a_file_of_before_says_nothing_of_tools() -> None:
    assert compare({"sha256": "a"}, {"sha256": "a", "tools_prompt": None}) == ""
