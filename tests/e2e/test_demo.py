"""`make demo`: the taught fact is learned, and its test is fair."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples" / "demo"
TEST = json.loads((DEMO / "questions.json").read_text(encoding="utf-8"))


def rows() -> list[list[dict[str, str]]]:
    lines = (DEMO / "train.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["messages"] for line in lines]


def plain(text: str) -> str:
    """The words alone."""
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text).lower().split())


def test_no_question_of_the_test_is_trained() -> None:
    trained = {plain(turn["content"]) for messages in rows() for turn in messages}
    asked = TEST["questions"] + [control["question"] for control in TEST["controls"]]
    assert not [question for question in asked if plain(question) in trained]


def test_the_answer_is_not_in_the_questions() -> None:
    assert len(set(TEST["questions"])) == 10
    words = TEST["answer"].split()
    assert not [q for q in TEST["questions"] for word in words if word.lower() in q.lower()]


def test_the_base_model_was_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "examples" / "demo_model"))
    import chat_rows

    assert TEST["answer"] not in json.dumps(chat_rows.all_rows(0))


@pytest.mark.slow
def test_the_demo_teaches_the_fact(tmp_path: Path) -> None:
    command = [sys.executable, str(DEMO / "demo.py"), "--output", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "0 of 10 right before" in done.stdout
    assert (tmp_path / "out/train/images/train_loss.png").is_file()
