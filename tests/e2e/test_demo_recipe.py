"""The recipe of the embedded demo model, run whole for a few steps on a small text."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "examples" / "demo_model"
SENTENCES = (
    "The ship went out to sea.",
    "It came home at night.",
    "“Who keeps the _light_?” he said.",
)


@pytest.mark.slow
def test_the_recipe_makes_a_model_that_loads(tmp_path: Path) -> None:
    book = tmp_path / "book.jsonl"
    book.write_text(
        "".join(json.dumps({"text": " ".join(SENTENCES * 20)}) + "\n" for _ in range(6))
    )
    work, store = tmp_path / "work", tmp_path / "store"
    sizes = {
        "vocabulary": 400, "hidden": 32, "layers": 2, "max_length": 64, "pt_steps": 2,
        "pt_batch_size": 2, "sft_steps": 2, "sft_batch_size": 2, "sft_rows": 8,
    }  # fmt: skip
    words = [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
    places = ["--text", str(book), "--work", str(work), "--store", str(store)]
    subprocess.run([sys.executable, RECIPE / "build.py", *places, *words], check=True)

    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(store)
    tokenizer = AutoTokenizer.from_pretrained(store)
    assert str(model.dtype) == "torch.bfloat16"
    ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hi."}], add_generation_prompt=True, return_dict=False
    )
    assert tokenizer.decode(ids) == "<|im_start|>user\nHi.<|im_end|>\n<|im_start|>assistant\n"
    assert model.generation_config.eos_token_id == [2, 0]
    assert (work / "pt-train_loss.png").is_file() and (work / "sft-train_loss.png").is_file()
    rows = [json.loads(line)["text"] for line in (work / "raw" / "books.jsonl").open()]
    assert len(rows) > 6 and not any("_" in row or "“" in row for row in rows)


def test_the_same_seed_gives_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(RECIPE))
    import chat_rows

    assert chat_rows.all_rows(3) == chat_rows.all_rows(3)
    assert chat_rows.all_rows(3) != chat_rows.all_rows(4)


def test_a_question_has_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(RECIPE))
    import chat_rows

    answers: dict[str, str] = {}
    train, held_out = chat_rows.all_rows(0)
    for row in train + held_out:
        if len(row["messages"]) == 2:
            question, answer = (turn["content"] for turn in row["messages"])
            assert answers.setdefault(question.lower(), answer) == answer, question


def test_held_out_questions_are_not_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(RECIPE))
    import chat_rows

    train, held_out = (
        {row["messages"][0]["content"] for row in rows} for rows in chat_rows.all_rows(0)
    )
    assert len(held_out) > 500 and not train & held_out
