"""A command called from Python that runs in another process."""

import json
import sys
from pathlib import Path

import pytest

import burnish
from burnish.commands import apart, api
from burnish.core.errors import BurnishError, DataError, TrainingError, UsageError

RESULT = {
    "output_dir": "o",
    "global_step": 2,
    "last_model_checkpoint": "o/checkpoint-2",
    "best_model_checkpoint": None,
    "best_metric": None,
    "train_time_seconds": 1.0,
    "memory_gib": 0.5,
    "log_history": [{"loss": 1.5, "global_step/max_steps": "1/2"}],
}


def test_flags_travel_as_json() -> None:
    text = apart.written({"output_dir": Path("a/b"), "target_modules": {"v", "q"}, "seed": 1})
    assert json.loads(text) == {"output_dir": "a/b", "target_modules": ["q", "v"], "seed": 1}


def test_a_value_that_cannot_be_sent_is_named() -> None:
    with pytest.raises(UsageError, match="cannot be sent: object"):
        apart.written({"dataset": object()})


def test_the_result_comes_back(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(json.dumps({"result": RESULT}))
    result = apart.answer(tmp_path / "a", 0)
    assert result.global_step == 2 and result.last_model_checkpoint == "o/checkpoint-2"


@pytest.mark.parametrize(
    ("name", "kind"), [("DataError", DataError), ("Interrupted", BurnishError)]
)
def test_an_error_comes_back_as_itself(tmp_path: Path, name: str, kind: type) -> None:
    (tmp_path / "a").write_text(json.dumps({"error": name, "text": "row 3 is empty"}))
    with pytest.raises(kind, match="row 3 is empty"):
        apart.answer(tmp_path / "a", 1)


def test_a_process_that_dies_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="exit code -9"):
        apart.answer(tmp_path / "a", -9)


def test_the_process_is_another_and_speaks_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way, to the first thing that is wrong over there: the package is missing."""
    before = set(sys.modules)
    with pytest.raises(UsageError, match="needs the package unsloth"):
        apart.run_apart("sft", {"model_type": "demo", "dataset": "x", "tuner_backend": "unsloth"})
    assert "unsloth" not in set(sys.modules) - before


def test_python_calls_go_there_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(api, "run_apart", lambda name, flags: asked.append((name, flags)))
    monkeypatch.setattr(api, "is_asked", lambda config: True)
    burnish.sft(model_type="demo", dataset="rows.jsonl")
    assert asked == [("sft", {"model_type": "demo", "dataset": "rows.jsonl"})]
