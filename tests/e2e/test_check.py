"""burnish check by its command line: what it prints, writes, refuses and never imports."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.tiny import write_byte_tokenizer

ROWS: list[dict[str, Any]] = [
    {"query": "What is two plus two?", "response": "Four.", "system": "Be brief."},
    {"query": "你好", "response": "您好 😀"},
    {"query": "Say nothing.", "response": None},
    {"query": "Count.", "response": "one two three " * 60},
    {"query": "Bye.", "response": "Goodbye."},
]


def check(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command in `folder`, where the tokenizer and rows.jsonl lie."""
    command = [sys.executable, "-m", "burnish", "check", "--model_id_or_path", "./model"]
    return subprocess.run(
        [*command, *words],
        cwd=folder,
        env=os.environ | {"BURNISH_CACHE": str(folder / "cache"), "COLUMNS": "100"} | env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "model").mkdir()
    write_byte_tokenizer(tmp_path / "model")
    write(tmp_path / "rows.jsonl", ROWS)
    return tmp_path


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_tokenizer_folder_is_enough(place: Path) -> None:
    done = check(place, "--dataset", "rows.jsonl", "--max_length", "400")
    assert done.returncode == 0, done.stderr
    out = done.stdout
    assert "\x1b" not in out
    assert re.search(r"^rows.jsonl:1: \d+ tokens, 6 trained$", out, re.M)
    assert "  assistant 1    F│o│u│r│." in out
    assert "  user           你│‥│‥│好│‥│‥" in out
    assert "1 row cannot be used: response is null, not text\n    rows.jsonl:3" in out
    assert "1 row longer than --max_length, left out: too long" in out and "rows.jsonl:4" in out
    assert "rows.jsonl  train       3 samples, 3 sequences" in out
    assert "proof                  the model's own text" in out
    assert "stop tokens            <|im_end|> (258)" in out
    assert re.search(r"--packing: \d bin", out)
    assert "Traceback" not in done.stderr


def test_a_cleaned_copy_trains_the_same(place: Path) -> None:
    done = check(place, "--dataset", "rows.jsonl", "--fix", "clean/rows.jsonl")
    assert done.returncode == 0, done.stderr
    kept = lines(place / "clean" / "rows.jsonl")
    assert [row["messages"][-1]["content"] for row in kept] == [
        row["response"] for row in ROWS if row["response"]
    ]
    (bad,) = lines(place / "clean" / "rejected.jsonl")
    assert (bad["file"], bad["row"], bad["kind"]) == ("rows.jsonl", 3, "rejected")
    again = check(place, "--dataset", "clean/rows.jsonl", "--strict")
    assert again.returncode == 0, again.stderr
    tokens = [re.search(r"sequences, ([\d,]+) tokens", out.stdout) for out in (done, again)]
    assert tokens[0] and tokens[1] and tokens[0][1] == tokens[1][1]


@pytest.mark.parametrize(
    ("purpose", "said"),
    [
        ("pair", "2 better answers, 9 tokens trained, 4.5 on average"),
        ("label", "1 bad answer, 4 tokens trained, 4.0 on average"),
        ("prompt", "2 samples -> 2 sequences, 46 tokens, 0 trained (0.0%)"),
    ],
)
def test_rows_for_every_purpose(place: Path, purpose: str, said: str) -> None:
    rows = [
        {"query": "2+2?", "response": "Four", "rejected_response": "Five", "label": True},
        {"query": "3+3?", "response": "Six", "rejected_response": "Ten", "label": False},
    ]
    write(place / "rows.jsonl", rows)
    words = ["--purpose", purpose, "--html", "page.html"]
    done = check(place, "--dataset", "rows.jsonl", *words, "--fix", "fixed.jsonl")
    assert done.returncode == 0, done.stderr
    assert f"  {said}" in done.stdout.splitlines()
    page = (place / "page.html").read_text(encoding="utf-8")
    shown = {"pair": "1, worse answer", "label": "2, bad answer", "prompt": "2"}[purpose]
    assert f"<h3>rows.jsonl:{shown}</h3>" in page and (said in page) == (purpose != "prompt")
    again = check(place, "--dataset", "fixed.jsonl", *words, "--strict")
    assert again.returncode == 0 and said in again.stdout, again.stderr


def test_rows_by_number_and_colours(place: Path) -> None:
    done = check(place, "--dataset", "rows.jsonl", "--rows", "5,2", "--color")
    assert done.returncode == 0, done.stderr
    plain = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    assert plain != done.stdout
    assert re.findall(r"^(rows.jsonl:\d): \d+ tokens", plain, re.M) == [
        "rows.jsonl:5",
        "rows.jsonl:2",
    ]
    missing = check(place, "--dataset", "rows.jsonl", "--rows", "3", "99")
    assert missing.returncode == 1
    assert "--rows 3 99: no usable row has that number" in missing.stderr


def test_odd_names_and_terminals(place: Path) -> None:
    odd = os.fsdecode(b"a b\x1b[31m" + b"\xff.jsonl")
    write(place / odd, ROWS[:3])
    done = check(place, "--dataset", odd, "--html", "p.html", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert r"a b\x1b[31m\udcff.jsonl:1: " in done.stdout
    assert "\x1b" not in done.stdout and done.stdout.isascii()
    assert r"a b\x1b[31m\udcff.jsonl:3" in (place / "p.html").read_text(encoding="utf-8")


def test_the_page(place: Path) -> None:
    done = check(place, "--dataset", "rows.jsonl", "--html", "out/page.html", "--samples", "1")
    assert done.returncode == 0, done.stderr
    text = (place / "out" / "page.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>") and "response is null, not text" in text
    assert text.count("<article") == 1


def test_validation_is_told_apart(place: Path) -> None:
    write(place / "val.jsonl", ROWS[:2])
    done = check(place, "--dataset", "rows.jsonl", "--val_dataset", "val.jsonl", "--fix", "f.jsonl")
    assert done.returncode == 0, done.stderr
    assert "val.jsonl   validation  2 samples" in done.stdout
    assert "--val_dataset is left as it is" in done.stderr
    assert len(lines(place / "f.jsonl")) == 4


def test_exit_codes(place: Path) -> None:
    strict = check(place, "--dataset", "rows.jsonl", "--strict")
    assert strict.returncode == 1
    assert "DATA SETS" in strict.stdout
    assert "--strict: 1 row" in strict.stderr
    write(place / "bad.jsonl", [{"query": "q", "response": None}, {"query": "q", "response": 3}])
    nothing = check(place, "--dataset", "bad.jsonl")
    assert nothing.returncode == 1 and "bad.jsonl" in nothing.stderr
    usage = check(place, "--fix", "copy.csv")
    assert usage.returncode == 2
    assert "check what?" in usage.stderr and "ends in .jsonl" in usage.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dataset", "no.jsonl"], "no.jsonl: there is no such file"),
        (["--dataset", "rows.jsonl", "--fix", "rows.jsonl"], "would overwrite rows.jsonl"),
        (["--dataset", "rows.jsonl", "--template_type", "llama3"], "does not fit this tokenizer"),
        (["--dataset", "rows.jsonl", "--max_length", "5"], "longer than --max_length, left out"),
        (["--dataset", "broken.json"], "broken.json"),
        (["--dataset", "other.jsonl"], "its columns fit no known format"),
    ],
)
def test_what_cannot_be_checked_is_one_message(place: Path, words: list[str], said: str) -> None:
    (place / "broken.json").write_text('{"query": "q",\n"response"')
    (place / "other.jsonl").write_text('{"a": 1, "b": 2}\n')
    before = (place / "rows.jsonl").read_bytes()
    done = check(place, *words)
    assert done.returncode == 1
    assert said in done.stderr and "Traceback" not in done.stderr and "fault of" not in done.stderr
    assert (place / "rows.jsonl").read_bytes() == before


HEAVY = ("torch", "transformers", "pandas", "pyarrow", "datasets", "huggingface_hub")


def test_nothing_heavy_is_imported(place: Path) -> None:
    words = ["check", "--model_id_or_path", "model", "--dataset", "rows.jsonl", "--html", "p.html"]
    code = (
        f"import sys; from burnish.cli import run; assert run({words!r}) == 0;"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place,
        env=os.environ | {"BURNISH_CACHE": str(place / "cache")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.shared
def test_a_thousand_rows_take_seconds(shared: Path, tmp_path: Path) -> None:
    """The bound of wall time is 3 seconds on an idle machine; here processor time is measured,
    which others on the machine do not stretch, with room for a slow one.
    """
    rows = [
        {"query": f"What is {k} plus {k}?", "response": f"It is {2 * k}. 是的。" * 12}
        for k in range(1000)
    ]
    write(tmp_path / "rows.jsonl", rows)
    (tmp_path / "model").symlink_to(shared / "data" / "tokenizers" / "qwen2.5")
    before = os.times()
    done = check(tmp_path, "--dataset", "rows.jsonl", "--html", "page.html")
    after = os.times()
    assert done.returncode == 0, done.stderr
    assert "1,000 samples" in done.stdout
    spent = after.children_user - before.children_user + after.children_system
    assert spent - before.children_system < 6


def test_the_command_as_a_function(place: Path) -> None:
    code = (
        "from burnish.commands.api import function\n"
        "audit = function('check')(model_id_or_path='model', dataset='rows.jsonl', samples=0)\n"
        "print('SAID', audit.samples, audit.total.trained, audit.lost)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place,
        env=os.environ | {"BURNISH_CACHE": str(place / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^SAID 4 \d+ 1$", done.stdout, re.M)
