"""Models that Unsloth drives, on a GPU: values and gradients beside those of float64 and of the
peft backend, and whole runs of the command line.

Unsloth changes the libraries of its process, so everything here happens in others.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tests.conftest import ROOT
from tests.fixtures_model import tiny_model_folder
from tests.gpu.unsloth_trial import CASES

from burnish.core.require import is_installed

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not is_installed("unsloth"), reason="unsloth is not installed"),
]
ADAPTER, WEIGHTS = "adapter_model.safetensors", "model.safetensors"
INEXACT = ("dropout", "pissa", "4 bit")
"""Cases with no float64 twin: they are held against the peft backend."""


def begin(folder: Path, *words: str) -> tuple[subprocess.Popen[str], Path]:
    """Start Python on `words` in an empty folder of its own."""
    folder.mkdir(parents=True)
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    log = (folder.parent / f"{folder.name}.log").open("w")
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        stdout=log,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return process, folder


def end(process: subprocess.Popen[str], folder: Path) -> str:
    """What it said, once it has ended well and left nothing in its folder."""
    code = process.wait(timeout=400)
    said = (folder.parent / f"{folder.name}.log").read_text()
    assert code == 0, said[-3000:]
    assert not list(folder.iterdir()), "files were left in the working folder"
    return said


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What tests.gpu.unsloth_trial measured, by way and case."""
    place = tmp_path_factory.mktemp("trials")
    end(*begin(place / "1", "-m", "tests.gpu.unsloth_trial", "exact", str(place)))
    ways = [
        begin(place / way, "-m", "tests.gpu.unsloth_trial", way, str(place))
        for way in ("peft", "unsloth")
    ]
    for way in ways:
        end(*way)
    return {
        way: torch.load(place / f"{way}.pt", weights_only=False)
        for way in ("exact", "peft", "unsloth")
    }


def flat(gradients: dict[str, torch.Tensor], names: Any) -> torch.Tensor:
    return torch.cat([gradients[name].reshape(-1) for name in names])


def distance(one: dict[str, Any], two: dict[str, Any]) -> float:
    """How far apart two cases' gradients are, as a part of the second's."""
    names = list(two["gradients"])
    assert one["gradients"].keys() == two["gradients"].keys()
    a, b = flat(one["gradients"], names), flat(two["gradients"], names)
    return float((a - b).norm() / b.norm())


@pytest.mark.parametrize("case", CASES)
def test_it_computes_what_the_peft_backend_does(trials: dict[str, Any], case: str) -> None:
    own, other, exact = (trials[way][case] for way in ("unsloth", "peft", "exact"))
    assert "error" not in own and "error" not in other, (own, other)
    assert own["trained"] == other["trained"], "other weights are trained, or in other formats"
    assert all(torch.equal(own["start"][n], start) for n, start in other["start"].items())
    assert torch.equal(own["chance"], other["chance"]), "loading draws from the run's chance"
    assert own["base is untouched"] and own["flat"] and own["generation"] == other["generation"]
    is_wide = "float32" in case
    if any(word in case for word in INEXACT):
        assert abs(own["loss"] - other["loss"]) <= 0.02
        assert distance(own, other) <= 0.06
        return
    far, allowed = distance(own, exact), distance(other, exact)
    assert far <= (1e-3 if is_wide else max(0.03, 1.5 * allowed)), (far, allowed)
    assert abs(own["loss"] - exact["loss"]) <= (1e-4 if is_wide else 0.01)
    worst = (own["logps"] - exact["logps"]).abs().max()
    usual = (other["logps"] - exact["logps"]).abs().max()
    assert worst <= (1e-3 if is_wide else max(0.05, 2 * usual)), (worst, usual)


@pytest.mark.parametrize("case", ["llama recompute", "qwen2 recompute", "llama dropout recompute"])
def test_recomputing_changes_nothing(trials: dict[str, Any], case: str) -> None:
    plain = case.replace(" recompute", "") if "dropout" in case else f"{case.split()[0]} lora"
    ways = trials["unsloth"]
    assert distance(ways[case], ways[plain]) == 0


STEPS = ["--max_steps", "6", "--save_steps", "3", "--logging_steps", "1", "--batch_size", "4"]
SETTINGS = [
    *("--gradient_accumulation_steps", "2", "--learning_rate", "1e-3"),
    *("--add_output_dir_suffix", "false", "--dataset_test_ratio", "0.2"),
]
RUNS = {
    "lora": ["--target_modules", "ALL"],
    "again": ["--target_modules", "ALL"],
    "plain": ["--lora_dropout", "0", "--gradient_checkpointing", "false"],
    "full": ["--sft_type", "full"],
    "packed": ["--packing", "true", "--max_length", "256"],
    "4bit": ["--quantization_bit", "4"],
}
BY_PEFT = ("plain", "full", "packed", "4bit")
PYTHON = """
import sys, burnish
from pathlib import Path
place = Path(sys.argv[1])
flags = dict(model_id_or_path=place / "base", tuner_backend="unsloth", max_steps=2)
result = burnish.sft(dataset=place / "rows.jsonl", output_dir=place / "python", **flags)
assert len(result.losses) == 2 and Path(result.last_model_checkpoint).is_dir()
assert not {"unsloth", "transformers", "peft"} & set(sys.modules)
try:
    burnish.sft(dataset=place / "none.jsonl", **flags)
except burnish.core.errors.DataError as error:
    assert "none.jsonl" in str(error)
else:
    raise AssertionError("a missing file went unnoticed")
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs by both backends, and of what was made of them later."""
    place = tmp_path_factory.mktemp("runs")
    tiny_model_folder(place / "base", dtype="bfloat16", tied=False)
    rows = [
        {
            "query": f"what is {i} plus {i * 7 % 13}?" * (1 + i % 5),
            "response": f"{i}, " * (1 + i % 7),
        }
        for i in range(1, 49)
    ]
    (place / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    data = ["--dataset", str(place / "rows.jsonl")]
    base = ["--model_id_or_path", str(place / "base"), *data, *STEPS, *SETTINGS]
    work = place / "work"

    def run(name: str, *words: str) -> tuple[subprocess.Popen[str], Path]:
        return begin(work / name, "-m", "burnish", *words)

    def sft(name: str, *flags: str) -> tuple[subprocess.Popen[str], Path]:
        return run(name, "sft", *flags, "--output_dir", str(place / name))

    unsloth = ["--tuner_backend", "unsloth"]
    first = [sft(name, *base, *unsloth, *flags) for name, flags in RUNS.items()]
    first += [sft(f"{name}-peft", *base, *RUNS[name]) for name in BY_PEFT]
    first.append(begin(work / "python", "-c", PYTHON, str(place)))
    for each in first:
        end(*each)
    goes_on = [*SETTINGS, *data, *STEPS]
    later = [
        sft(f"{name}-on", "--resume_from_checkpoint", str(place / name / "checkpoint-3"), *goes_on)
        for name in ("lora", "full")
    ]
    ckpt = ["--ckpt_dir", str(place / "lora/checkpoint-6")]
    asked = ["--val_dataset", f"{place / 'rows.jsonl'}#3", "--max_new_tokens", "4"]
    later += [run("infer", "infer", *ckpt, *asked), run("merge", "merge-lora", *ckpt)]
    for each in later:
        end(*each)
    return place


def weights(place: Path, run: str, file: str = ADAPTER) -> dict[str, torch.Tensor]:
    return dict(load_file(place / run / "checkpoint-6" / file))


def losses(place: Path, run: str) -> list[float]:
    lines = (place / run / "logging.jsonl").read_text().splitlines()
    return [line["loss"] for line in map(json.loads, lines) if "loss" in line][:6]


def assert_equal(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> None:
    assert one.keys() == two.keys()
    for name, tensor in two.items():
        assert torch.equal(one[name], tensor), name


def test_two_runs_of_three_steps_are_one_of_six(runs: Path) -> None:
    assert_equal(weights(runs, "again"), weights(runs, "lora"))
    assert_equal(weights(runs, "lora-on"), weights(runs, "lora"))
    assert_equal(weights(runs, "full-on", WEIGHTS), weights(runs, "full", WEIGHTS))


@pytest.mark.parametrize("name", BY_PEFT)
def test_losses_are_those_of_the_peft_backend(runs: Path, name: str) -> None:
    own, other = losses(runs, name), losses(runs, f"{name}-peft")
    assert len(own) == len(other) == 6
    assert max(abs(a - b) for a, b in zip(own, other, strict=True)) <= 0.02


@pytest.mark.parametrize("name", BY_PEFT)
def test_checkpoints_hold_the_same_files(runs: Path, name: str) -> None:
    own, other = (runs / each / "checkpoint-6" for each in (name, f"{name}-peft"))
    assert sorted(p.name for p in own.iterdir()) == sorted(p.name for p in other.iterdir())
    for file in ("adapter_config.json", "config.json", "generation_config.json"):
        if (own / file).is_file():
            assert json.loads((own / file).read_text()) == json.loads((other / file).read_text())
    file = ADAPTER if (own / ADAPTER).is_file() else WEIGHTS
    shapes = [
        {n: (t.shape, t.dtype) for n, t in load_file(each / file).items()} for each in (own, other)
    ]
    assert shapes[0] == shapes[1]


def test_plain_peft_opens_the_adapter(runs: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(runs / "base", dtype=torch.float32)
    tuned = PeftModel.from_pretrained(base, str(runs / "lora/checkpoint-6"))
    merged = AutoModelForCausalLM.from_pretrained(
        runs / "lora/checkpoint-6-merged", dtype=torch.float32
    )
    ids = torch.arange(40)[None]
    with torch.no_grad():
        found, expected = tuned(input_ids=ids).logits, merged(input_ids=ids).logits
    assert (found - expected).norm() <= 0.02 * expected.norm()  # the merged one is bfloat16
    assert "answers saved" in (runs / "work/infer.log").read_text()
