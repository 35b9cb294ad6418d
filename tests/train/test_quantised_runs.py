"""Whole runs on quantised bases: trained, saved, resumed bit for bit, asked, merged."""

import json
import subprocess
import sys
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tests.conftest import ROOT
from tests.tiny import write_tiny_model

import burnish
from burnish.core.errors import BurnishError, CheckpointError
from burnish.core.files import read_json
from burnish.core.require import is_installed
from burnish.nn.load import LoadOptions, load_model

CASES = {
    "nf4": {"quantization_bit": 4},
    "int8": {"quantization_bit": 8},
    "hqq": {"quant_method": "hqq", "quantization_bit": 4, "hqq_axis": 1},
    "fp8": {"quant_method": "fp8"},
}


@pytest.fixture(scope="module", autouse=True)
def packages():
    pytest.importorskip("bitsandbytes")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_tiny_model(tmp_path_factory.mktemp("base"), hidden=64)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    pairs = [{"query": f"what is {i}?", "response": f"it is {i * 7 % 11}"} for i in range(24)]
    path.write_text("\n".join(map(json.dumps, pairs)))
    return path


def train(base, rows, folder, **flags):
    if flags.get("quant_method") == "hqq":
        pytest.importorskip("hqq")
    return burnish.sft(
        model_id_or_path=str(base), dataset=[str(rows)], output_dir=str(folder),
        add_output_dir_suffix=False, batch_size=2, gradient_accumulation_steps=2,
        dataset_test_ratio=0, learning_rate=1e-2, eval_steps=2, save_total_limit=-1,
        **{"max_steps": 4, **flags},
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained(base, rows, tmp_path_factory):
    """The folder of a run of four steps on a base, trained once."""
    made = {}

    def of(name):
        if name not in made:
            made[name] = tmp_path_factory.mktemp(name)
            assert train(base, rows, made[name], **CASES[name]).global_step == 4
        return made[name]

    return of


def adapter(folder):
    return load_file(folder / "adapter_model.safetensors")


@pytest.mark.parametrize("name", CASES)
def test_a_run_goes_on_bit_for_bit_and_answers(trained, rows, tmp_path, name):
    whole = trained(name)
    again = burnish.sft(
        resume_from_checkpoint=str(whole / "checkpoint-2"), dataset=[str(rows)],
        output_dir=str(tmp_path / "again"), add_output_dir_suffix=False, dataset_test_ratio=0,
    )  # fmt: skip
    first, second = (adapter(f / "checkpoint-4") for f in (whole, tmp_path / "again"))
    assert again.global_step == 4 and first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert all(t.dtype == torch.float32 for t in first.values())  # never in fewer bits
    told = burnish.infer(
        ckpt_dir=str(whole / "checkpoint-4"), val_dataset=[str(rows)],
        max_new_tokens=3, show_dataset_sample=2,
    )  # fmt: skip
    assert told


@pytest.mark.parametrize("name", CASES)
def test_merging_takes_the_full_precision_base_and_tells_how_far_it_is(base, trained, name):
    whole = trained(name)
    merged = burnish.merge_lora(ckpt_dir=str(whole / "checkpoint-4"))
    assert merged.merged.relative < 1e-4  # base and adapter, before rounding
    assert merged.trained is not None and 1e-4 < merged.trained.relative < 0.5
    report = read_json(merged.folder / "parity.json")
    assert report["against_quantised_base"]["relative_difference"] == merged.trained.relative
    arguments = read_json(merged.folder / "sft_args.json")
    assert arguments["quantization_bit"] == 0 and arguments["quant_method"] is None
    before, after = (load_model(f, LoadOptions()) for f in (base, merged.folder))
    scale = 32 / 8
    saved = adapter(whole / "checkpoint-4")
    key = "base_model.model.model.layers.0.self_attn.q_proj.lora_{}.weight"
    update = scale * saved[key.format("B")] @ saved[key.format("A")]
    weights = [m.model.layers[0].self_attn.q_proj.weight.detach() for m in (before, after)]
    assert torch.allclose(weights[1], weights[0] + update, atol=1e-6)


def test_an_adapter_on_a_base_quantised_before_is_not_merged(base, rows, tmp_path):
    from burnish.nn.quantize import Quantisation

    packed = tmp_path / "packed"
    model = load_model(base, LoadOptions(quant=Quantisation("bnb", 4)))
    model.save_pretrained(packed)
    for file in base.iterdir():
        if not (packed / file.name).exists():
            (packed / file.name).write_bytes(file.read_bytes())
    with pytest.raises(BurnishError, match="quantised already"):
        train(packed, rows, tmp_path / "twice", quantization_bit=4)
    with pytest.raises(BurnishError, match="use --sft_type lora"):
        train(packed, rows, tmp_path / "full", sft_type="full")
    train(packed, rows, tmp_path / "run", max_steps=1)
    with pytest.raises(CheckpointError, match="quantised already"):
        burnish.merge_lora(ckpt_dir=str(tmp_path / "run" / "checkpoint-1"))


SCRIPT = """
import sys
import torch
from safetensors.torch import save_file
from burnish.commands.infer import COMMAND
from burnish.config.resolve import resolve
from burnish.infer.session import open_session

def logits(folder):
    model = open_session(resolve(COMMAND, {"ckpt_dir": folder})).model
    with torch.no_grad():
        return model(input_ids=torch.arange(3, 43)[None]).logits.contiguous()

if __name__ == "__main__":
    torch.manual_seed(99)
    save_file({folder: logits(folder) for folder in sys.argv[2:]}, sys.argv[1])
"""


def test_another_process_answers_with_the_same_bits(trained, tmp_path):
    """Of every base at once: starting a process is slow."""
    names = [n for n in CASES if n != "hqq" or is_installed("hqq")]
    folders = [str(trained(name) / "checkpoint-4") for name in names]
    out = tmp_path / "logits.safetensors"
    line = [sys.executable, "-c", SCRIPT, str(out), *folders]
    done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    here: dict[str, Any] = {}
    exec(SCRIPT, here)
    found = load_file(out)
    assert all(torch.equal(found[folder], here["logits"](folder)) for folder in folders)


def test_the_command_line_trains_answers_and_merges(base, rows, tmp_path):
    def told(*line):
        command = [sys.executable, "-m", "burnish", *map(str, line)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        assert "Failed to load" not in done.stderr  # what bitsandbytes says of kernels
        return done.stdout + done.stderr

    said = told(
        "sft", "--model_id_or_path", base, "--quantization_bit", 4, "--dataset", rows,
        "--output_dir", "run", "--add_output_dir_suffix", "false", "--max_steps", 2,
        "--dataset_test_ratio", 0, "--learning_rate", "1e-2",
    )  # fmt: skip
    assert "linear layers (bnb, 4 bits, nf4)" in said
    checkpoint = tmp_path / "run" / "checkpoint-2"
    flags = ("--val_dataset", rows, "--max_new_tokens", 3, "--show_dataset_sample", 2)
    assert "linear layers (bnb, 4 bits, nf4)" in told("infer", "--ckpt_dir", checkpoint, *flags)
    assert "against quantised base and adapter: " in told("merge-lora", "--ckpt_dir", checkpoint)
    assert "quantised" not in told("infer", "--ckpt_dir", f"{checkpoint}-merged", *flags)
