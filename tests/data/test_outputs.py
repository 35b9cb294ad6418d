"""Nothing that is read is replaced by what is written, and no copy replaces another file."""

import json
from pathlib import Path
from typing import Any

import pytest

from burnish.core.errors import DataError
from burnish.data.convert import survey
from burnish.data.items import Source, _whole
from burnish.data.outputs import refuse_overwriting
from burnish.data.source import parse_item
from burnish.data.table import open_table

FLAGS = pytest.mark.parametrize("flag", ["--fix", "--html"])


def write(path: Path) -> Path:
    path.write_text(json.dumps({"query": "q", "response": "a"}) + "\n")
    return path


def source(file: Path, given: Path | None = None) -> Source:
    item = parse_item(str(given or file), "--dataset")
    return Source(str(file), item, (survey(open_table(file)),), _whole(item, 0, 0, ""))


def check(flag: str, path: Path, *found: Source, others: Any = ()) -> None:
    fix, html = (path, None) if flag == "--fix" else (None, path)
    refuse_overwriting(fix, html, found, others)


@FLAGS
def test_no_input_is_overwritten(tmp_path: Path, flag: str) -> None:
    data = write(tmp_path / "a.jsonl")
    link = tmp_path / "link.jsonl"
    link.symlink_to(data)
    (tmp_path / "x").mkdir()
    for path in (data, link, tmp_path / "x" / ".." / "a.jsonl"):
        with pytest.raises(DataError, match=f"{flag} .* would overwrite .* is an input"):
            check(flag, path, source(data))
    check(flag, tmp_path / "new.jsonl", source(data))


@FLAGS
def test_nor_a_file_that_a_flag_names(tmp_path: Path, flag: str) -> None:
    data, info = write(tmp_path / "a.jsonl"), tmp_path / "info.json"
    info.write_text("{}")
    with pytest.raises(DataError, match="which is an input"):
        check(flag, info, source(data), others=[None, "", '{"a": {}}' * 999, str(info)])


@FLAGS
def test_a_folder_is_no_name(tmp_path: Path, flag: str) -> None:
    with pytest.raises(DataError, match=f"{flag} .* is a folder: give the name of a"):
        check(flag, tmp_path, source(write(tmp_path / "a.jsonl")))
    with pytest.raises(DataError, match=r"a\.jsonl is no folder"):
        check(flag, tmp_path / "a.jsonl" / "b" / "c.jsonl", source(tmp_path / "a.jsonl"))


def test_the_page_and_the_copy_are_two_files(tmp_path: Path) -> None:
    data = source(write(tmp_path / "a.jsonl"))
    for name in ("b.jsonl", "rejected.jsonl"):
        with pytest.raises(DataError, match="would write one file"):
            refuse_overwriting(tmp_path / "b.jsonl", tmp_path / name, [data])


def test_a_copy_and_its_ledger_replace_nothing(tmp_path: Path) -> None:
    data, copy = source(write(tmp_path / "a.jsonl")), tmp_path / "b.jsonl"
    for name in ("b.jsonl", "rejected.jsonl"):
        (tmp_path / name).write_text("{}\n")
        with pytest.raises(DataError, match=rf"overwrite .*{name}, which is there already.*remove"):
            check("--fix", copy, data)
        (tmp_path / name).write_text("")
    copy.unlink()
    check("--fix", copy, data)
    page = tmp_path / "page.html"
    page.write_text("an older report")
    check("--html", page, data)


def test_nor_a_ledger_that_is_an_input(tmp_path: Path) -> None:
    ledger = write(tmp_path / "rejected.jsonl")
    with pytest.raises(DataError, match=r"rejected\.jsonl, which is an input"):
        check("--fix", tmp_path / "new.jsonl", source(ledger))


def test_nor_is_a_copy_put_among_the_inputs(tmp_path: Path) -> None:
    data = write(tmp_path / "a.jsonl")
    with pytest.raises(DataError, match="would read these rows twice"):
        check("--fix", tmp_path / "new.jsonl", source(data, given=tmp_path))
