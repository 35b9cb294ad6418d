"""Whole runs on models that GPTQ and AWQ packed: trained, saved, resumed bit for bit, asked; not
merged.
"""

import json
import subprocess
import sys
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tests.conftest import ROOT
from tests.packed_model import write_packed
from tests.tiny import write_tiny_model

import burnish
from burnish.config.check import ON_QUANTISED
from burnish.core.errors import BurnishError, CheckpointError, UsageError
from burnish.core.registry import TUNERS

TUNED = {
    "lora": {"target_modules": ["ALL"]},
    "dora": {"sft_type": "lora", "use_dora": True},
    "swift": {"sft_type": "lora", "tuner_backend": "swift"},
    "random": {"sft_type": "lora", "init_lora_weights": "gaussian", "use_rslora": True},
    "longlora": {"max_length": 64},
    "adalora": {"adalora_tinit": 1, "adalora_tfinal": 1},
    "ia3": {},
    "vera": {"vera_rank": 16},
    "adapter": {"adapter_length": 4},
    "reft": {"reft_rank": 2},
    "p_tuning": {"pre_seq_len": 3},
}
BASES = [("gptq", 4), ("awq", 4), ("gptq", 3), ("gptq", 8)]


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    plain = write_tiny_model(tmp_path_factory.mktemp("base"), hidden=64)
    found = {None: plain}
    for kind, bits in BASES:
        found[kind, bits] = tmp_path_factory.mktemp(kind)
        write_packed(plain, found[kind, bits], kind, bits)
    return found


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    pairs = [{"query": f"what is {i}?", "response": f"it is {i * 7 % 11}"} for i in range(24)]
    path.write_text("\n".join(map(json.dumps, pairs)))
    return path


def train(base, rows, folder, **flags):
    return burnish.sft(
        model_id_or_path=str(base), dataset=[str(rows)], output_dir=str(folder),
        add_output_dir_suffix=False, batch_size=2, gradient_accumulation_steps=1,
        dataset_test_ratio=0, learning_rate=1e-2, eval_steps=2, save_total_limit=-1,
        **{"max_steps": 4, "logging_steps": 1, **flags},
    )  # fmt: skip


def weights(folder):
    return load_file(next(folder.rglob("adapter_model.safetensors")))


def losses(folder):
    lines = (folder / "logging.jsonl").read_text().splitlines()
    return [row["loss"] for row in map(json.loads, lines) if "loss" in row]


@pytest.mark.parametrize(
    ("name", "base"),
    [*((name, BASES[0]) for name in TUNED), *(("lora", base) for base in BASES[1:])],
    ids=str,
)
def test_every_tuner_that_can_sit_there_trains_and_resumes_bit_for_bit(
    bases, rows, tmp_path, name, base
):
    flags = {"sft_type": name, **TUNED[name]}
    train(bases[base], rows, tmp_path / "whole", **flags)
    burnish.sft(
        resume_from_checkpoint=str(tmp_path / "whole" / "checkpoint-2"), dataset=[str(rows)],
        output_dir=str(tmp_path / "again"), add_output_dir_suffix=False, dataset_test_ratio=0,
    )  # fmt: skip
    first, second = (weights(tmp_path / n / "checkpoint-4") for n in ("whole", "again"))
    early = weights(tmp_path / "whole" / "checkpoint-2")
    assert first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)
    moved = [key for key in first if not torch.equal(first[key], early.get(key, first[key][:0]))]
    assert len(moved) > len(first) / 2  # gradients reach every layer, through the packed ones
    assert burnish.infer(
        ckpt_dir=str(tmp_path / "whole" / "checkpoint-4"), val_dataset=[str(rows)],
        max_new_tokens=3, show_dataset_sample=2,
    )  # fmt: skip


def test_the_command_line_trains_answers_and_does_not_merge(bases, rows, tmp_path):
    base = BASES[0]

    def told(*line, code=0):
        command = [sys.executable, "-m", "burnish", *map(str, line)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300,
                              check=False)  # fmt: skip
        assert done.returncode == code, done.stderr[-3000:]
        return done.stdout + done.stderr

    said = told(
        "sft", "--model_id_or_path", bases[base], "--sft_type", "lora", "--dataset", rows,
        "--quant_method", base[0], "--output_dir", "run", "--add_output_dir_suffix", "false",
        "--max_steps", 4, "--eval_steps", 4, "--dataset_test_ratio", 0, "--target_modules", "ALL",
        "--learning_rate", "2e-2", "--batch_size", 4, "--logging_steps", 1,
    )  # fmt: skip
    assert f"quantised already: 14 linear layers ({base[0]}, {base[1]} bits)" in said
    assert "Failed to load" not in said
    found = losses(tmp_path / "run")
    assert found[-1] < found[0]
    checkpoint = tmp_path / "run" / "checkpoint-4"
    answered = told(
        "infer", "--ckpt_dir", checkpoint, "--val_dataset", rows, "--max_new_tokens", 3,
        "--show_dataset_sample", 2,
    )  # fmt: skip
    assert "quantised already" in answered
    refused = told("merge-lora", "--ckpt_dir", checkpoint, code=1)
    assert "quantised already" in refused and "burnish infer --ckpt_dir" in refused


@pytest.mark.parametrize("kind", sorted({"full", *TUNERS.names()} - ON_QUANTISED["gptq"]))
def test_a_tuner_that_cannot_is_refused_by_name_before_weights_are_read(
    bases, rows, tmp_path, kind
):
    folder = tmp_path / "base"
    folder.mkdir()
    for file in bases["gptq", 4].iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "model.safetensors").write_bytes((bases[None] / "model.safetensors").read_bytes())
    flags = {"sft_type": kind, **({"llamapro_num_new_blocks": 1} if kind == "llamapro" else {})}
    with pytest.raises(BurnishError, match=f"quantised already .*--sft_type {kind} .*lora"):
        train(folder, rows, tmp_path / "run", **flags)
    with pytest.raises(UsageError, match=f"cannot be combined with --sft_type {kind}"):
        train(folder, rows, tmp_path / "run", quant_method="gptq", **flags)


def test_other_wrong_combinations_are_refused_by_name(bases, rows, tmp_path):
    for flags, said in [
        ({"quantization_bit": 4}, "would do it twice"),
        ({"quant_method": "fp8"}, "would do it twice"),
        ({"quant_method": "awq"}, "config.json says gptq"),
        ({"init_lora_weights": "pissa"}, "--init_lora_weights pissa changes its weights"),
        ({"modules_to_save": ["q_proj"]}, "whose weights are quantised"),
    ]:
        with pytest.raises(BurnishError, match=said):
            train(bases["gptq", 4], rows, tmp_path / "run", **flags)
    train(bases["gptq", 4], rows, tmp_path / "run", max_steps=1)
    first = {"checkpoint_dir": [str(tmp_path / "run" / "checkpoint-1")]}
    with pytest.raises(BurnishError, match="no adapter can become part of its weights"):
        train(bases["gptq", 4], rows, tmp_path / "upon", **first, resume_lora_training=False)
    train(bases["gptq", 4], rows, tmp_path / "on", **first, resume_lora_training=True)
    with pytest.raises(CheckpointError, match="quantised already"):
        burnish.infer(
            ckpt_dir=str(tmp_path / "run" / "checkpoint-1"), merge_lora=True,
            val_dataset=[str(rows)],
        )  # fmt: skip


SCRIPT = """
import sys
from pathlib import Path
import torch
from burnish.nn.load import LoadOptions, load_model
from burnish.tuners.lora import TUNER

def logits(base, checkpoint):
    model = TUNER.load(load_model(Path(base), LoadOptions()), Path(checkpoint)).eval()
    with torch.no_grad():
        return model(input_ids=torch.arange(40)[None]).logits

if __name__ == "__main__":
    torch.manual_seed(99)
    torch.save(logits(*sys.argv[2:]), sys.argv[1])
"""


def test_another_process_answers_with_the_same_bits(bases, rows, tmp_path):
    base, out = bases["gptq", 4], tmp_path / "logits.pt"
    train(base, rows, tmp_path / "run", max_steps=2, target_modules=["ALL"])
    line = [str(base), str(tmp_path / "run" / "checkpoint-2")]
    subprocess.run([sys.executable, "-c", SCRIPT, str(out), *line], check=True, cwd=ROOT)
    here: dict[str, Any] = {}
    exec(SCRIPT, here)
    assert torch.equal(torch.load(out), here["logits"](*line))
