"""The base's weights for a run: what is told of their number format."""

import json

import pytest

from burnish.commands.sft import COMMAND
from burnish.config.resolve import resolve
from burnish.core.facts import Facts
from burnish.core.log import log
from burnish.train.weights import tell_of_rounding


@pytest.fixture
def told(caplog, monkeypatch):
    monkeypatch.setattr(log, "propagate", True)
    return caplog


@pytest.mark.parametrize(
    ("stored", "flags", "warns"),
    [
        ("float32", {"sft_type": "full"}, True),
        ("float32", {"sft_type": "freeze"}, True),
        ("bfloat16", {"sft_type": "full"}, False),
        ("float32", {"sft_type": "lora"}, False),
        ("float32", {"sft_type": "full", "dtype": "bf16"}, False),  # asked for
        ("float32", {"sft_type": "full", "dtype": "fp32"}, False),
    ],
)
def test_float32_weights_that_lose_bits_unasked_are_told(tmp_path, told, stored, flags, warns):
    (tmp_path / "config.json").write_text(json.dumps({"torch_dtype": stored}))
    given = {"model_id_or_path": str(tmp_path), "dataset": ["a"], **flags}
    gpu = Facts(env={}, device="cuda", num_devices=1, supports_bf16=True)
    tell_of_rounding(resolve(COMMAND, given, facts=gpu), tmp_path)
    assert ("--dtype fp32 trains them as they are" in told.text) == warns
