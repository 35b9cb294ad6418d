"""Teach the embedded model a fact, and ask it before and after.

    python examples/demo/demo.py [--steps 60] [--output FOLDER]

The fact is invented: the model cannot know it. The ten questions are worded in ways that the
training rows do not have. Exit status 0 when none is answered before, and at least eight are after.
"""

import argparse
import contextlib
import json
import shutil
import sys
import time
from pathlib import Path

import burnish
from burnish.train.curves import text_curve

HERE = Path(__file__).resolve().parent
NEEDED = 8


def main() -> int:
    """Train, ask, compare; 0 when the fact was learned."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--output", type=Path, default=HERE / "output")
    options = parser.parse_args()
    options.output = options.output.resolve()
    started = time.monotonic()
    test = json.loads((HERE / "questions.json").read_text(encoding="utf-8"))
    shutil.rmtree(options.output, ignore_errors=True)
    options.output.mkdir(parents=True)
    checkpoint = train(options.output, options.steps)
    trained = time.monotonic()
    before = ask(options.output / "before", test, model_type="demo")
    after = ask(options.output / "after", test, ckpt_dir=str(checkpoint))
    learned = report(test, before, after)
    finished = time.monotonic()
    print(f"\ntraining {trained - started:.0f} s, answers {finished - trained:.0f} s")
    print(f"talk to it: .venv/bin/burnish infer --ckpt_dir {checkpoint}")
    return 0 if learned else 1


def train(output: Path, steps: int) -> Path:
    """LoRA on train.jsonl by the Python API; prints the loss curve. The checkpoint's folder."""
    result = burnish.sft(
        model_type="demo",
        dataset=[str(HERE / "train.jsonl")],
        sft_type="lora",
        lora_rank=16,
        target_modules=["ALL"],
        learning_rate=1.5e-3,
        batch_size=16,
        gradient_accumulation_steps=1,
        gradient_checkpointing=False,
        max_length=128,
        max_steps=steps,
        eval_steps=steps,
        logging_steps=2,
        output_dir=str(output / "train"),
        add_output_dir_suffix=False,
    )
    print("\nloss")
    print(text_curve(result.losses))
    (curve,) = (output / "train").rglob("train_loss.png")
    print(f"the same curve as a picture: {curve}")
    return Path(result.last_model_checkpoint)


def ask(folder: Path, test: dict, **model: object) -> list[str]:
    """The answers to the questions, then to the controls, by `burnish infer` on a data set."""
    wanted = [(question, test["answer"]) for question in test["questions"]]
    wanted += [(control["question"], control["answer"]) for control in test["controls"]]
    rows = [{"query": question, "response": answer} for question, answer in wanted]
    folder.mkdir()
    (folder / "questions.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
    )
    with contextlib.chdir(folder):  # answers of a model in the package are saved in this folder
        burnish.infer(**model, val_dataset=["questions.jsonl"], max_new_tokens=32, verbose=False)
    places = [folder, Path(str(model.get("ckpt_dir", folder)))]
    (saved,) = {path for place in places for path in place.glob("infer_result/*.jsonl")}
    lines = [json.loads(line) for line in saved.read_text(encoding="utf-8").splitlines()]
    answers = {line["query"]: line["response"].strip() for line in lines}
    return [answers[question] for question, _ in wanted]


def report(test: dict, before: list[str], after: list[str]) -> bool:
    """Print both models' answers; whether the fact was learned, and only by training."""
    number = len(test["questions"])
    wanted = [test["answer"]] * number + [control["answer"] for control in test["controls"]]
    questions = test["questions"] + [control["question"] for control in test["controls"]]
    right_before = [answer in text for answer, text in zip(wanted, before, strict=True)]
    right_after = [answer in text for answer, text in zip(wanted, after, strict=True)]
    print(f"\n{'':3}{'before':<38}{'after':<52}")
    for index, question in enumerate(questions):
        if index in (0, number):
            print("the fact, in new words" if index == 0 else "other questions")
        mark = "ok" if right_after[index] else "--"
        print(f"   {question}\n{mark:<3}{before[index][:36]:<38}{after[index][:52]}")
    facts_before, facts_after = sum(right_before[:number]), sum(right_after[:number])
    print(f"\nthe taught fact: {facts_before} of {number} right before, {facts_after} after")
    others = f"{sum(right_before[number:])} before, {sum(right_after[number:])} after"
    print(f"other questions: of {len(questions) - number}, {others}")
    learned = facts_before == 0 and facts_after >= NEEDED
    if not learned:
        print(f"error: expected 0 before and at least {NEEDED} after", file=sys.stderr)
    return learned


if __name__ == "__main__":
    sys.exit(main())
