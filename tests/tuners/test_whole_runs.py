"""Adapters through the commands: trained, gone on with, answered with and merged."""

import json

import pytest
import torch
from tests.fixtures_model import infer_config
from tests.fixtures_train import make_config, run_flags
from tests.tuners.walk import base_folder

from burnish.core import manifest
from burnish.core.adapter import adapter_folder
from burnish.core.errors import CheckpointError, UsageError
from burnish.export.merge import merge, merged_folder
from burnish.infer.session import open_session
from burnish.nn.load import LoadOptions, load_model
from burnish.train.run import train

IDS = torch.arange(40, 64).reshape(2, 12)
RUNS = [
    pytest.param({"tuner_backend": "swift"}, id="swift"),
    pytest.param({"tuner_backend": "swift", "init_lora_weights": "pissa_niter_2"}, id="pissa"),
    pytest.param({"sft_type": "adalora", "adalora_init_r": 4, "adalora_target_r": 2}, id="adalora"),
    pytest.param({"sft_type": "ia3", "modules_to_save": ["EMBEDDING"]}, id="ia3"),
    pytest.param({"sft_type": "vera", "vera_rank": 8}, id="vera"),
    pytest.param({"sft_type": "boft", "boft_dropout": 0.2}, id="boft"),
    pytest.param(
        {"sft_type": "fourierft", "fourier_n_frequency": 50, "fourier_scaling": 30}, id="fourierft"
    ),
]


def logits(model):
    with torch.no_grad():
        return model.eval()(input_ids=IDS).logits


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return base_folder(tmp_path_factory.mktemp("base"), "qwen2")


def flags_of(base, folder, **flags):
    return run_flags(base, folder, learning_rate=1e-2, save_steps=2, max_steps=4,
                     save_total_limit=-1, **flags)  # fmt: skip


@pytest.mark.parametrize("flags", RUNS)
def test_from_training_to_a_merged_model(base, tmp_path, flags):
    train(make_config(**flags_of(base, tmp_path, **flags)))
    checkpoint = tmp_path / "out" / "checkpoint-4"
    assert not manifest.check(checkpoint)
    assert (checkpoint / "default").is_dir() == (flags.get("tuner_backend") == "swift")
    described = json.loads((checkpoint / "configuration.json").read_text())["adapter_cfg"]
    assert described["tuner_backend"] == flags.get("tuner_backend", "peft")
    more = adapter_folder(checkpoint) / "additional_config.json"
    assert more.is_file() == ("sft_type" not in flags)
    if more.is_file():
        expected = {"lora_dtype": "AUTO", "lorap_lr_ratio": None, "lorap_emb_lr": 1e-6}
        assert json.loads(more.read_text()) == expected
    session = open_session(infer_config(ckpt_dir=checkpoint, eval_human=True))
    expected = logits(session.model)
    answer = merge(infer_config("merge-lora", ckpt_dir=checkpoint))
    assert answer.folder == merged_folder(checkpoint)
    merged = load_model(answer.folder, LoadOptions())
    scale = expected.abs().max().item()
    torch.testing.assert_close(logits(merged), expected, rtol=0, atol=1e-4 * scale)
    result = train(
        make_config(**flags_of(base, tmp_path, **flags, resume_from_checkpoint=checkpoint.parent
                               / "checkpoint-2") | {"output_dir": tmp_path / "again"})
    )  # fmt: skip
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        one, two = (adapter_folder(f) / name for f in (checkpoint, tmp_path / "again/checkpoint-4"))
        assert one.read_bytes() == two.read_bytes(), name
    assert result.global_step == 4


def test_a_swift_folder_goes_on_with_peft_and_the_other_way(base, tmp_path):
    train(make_config(**flags_of(base, tmp_path, tuner_backend="swift")))
    again = flags_of(base, tmp_path, resume_from_checkpoint=tmp_path / "out" / "checkpoint-2")
    train(make_config(**again | {"output_dir": tmp_path / "again", "tuner_backend": "peft"}))
    one, two = (
        adapter_folder(tmp_path / name / "checkpoint-4") / "adapter_model.safetensors"
        for name in ("out", "again")
    )
    assert one.parent.name == "default" and two.parent.name == "checkpoint-4"
    assert one.read_bytes() == two.read_bytes()


def test_other_flags_are_refused_before_a_step(base, tmp_path):
    train(make_config(**flags_of(base, tmp_path, sft_type="vera", vera_rank=8)))
    for other in ({"vera_rank": 16}, {"sft_type": "ia3"}):
        flags = {"sft_type": "vera", **other, "output_dir": tmp_path / "again"}
        last = tmp_path / "out" / "checkpoint-4"
        with pytest.raises(CheckpointError, match="first run"):
            train(make_config(**flags_of(base, tmp_path, resume_from_checkpoint=last) | flags))


def test_wrong_numbers_are_named(base, tmp_path):
    with pytest.raises(UsageError, match="none of the run's 4 steps"):
        train(make_config(**flags_of(base, tmp_path, sft_type="adalora", adalora_tinit=4)))
