"""What --tuner_backend unsloth goes with."""

import pytest
from tests.fixtures_train import make_config

from burnish.config import backend
from burnish.core.errors import UsageError
from burnish.core.facts import Facts


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the package were here."""
    monkeypatch.setattr(backend, "is_installed", lambda name: True)


def problems(**flags: object) -> str:
    with pytest.raises(UsageError) as found:
        make_config(tuner_backend="unsloth", **flags)
    return str(found.value)


def test_a_missing_package_is_named() -> None:
    text = problems()
    assert "needs the package unsloth, which is not installed here" in text
    assert "burnish[unsloth]" in text


@pytest.mark.parametrize("kind", ["longlora", "adalora", "ia3", "reft", "freeze", "p_tuning"])
def test_other_methods_are_refused(installed: None, kind: str) -> None:
    assert f"cannot be combined with --sft_type {kind}" in problems(sft_type=kind)


@pytest.mark.parametrize(
    "flags",
    [
        {"use_liger": True},
        {"use_flash_attn": True},
        {"rope_scaling": "linear", "max_length": 64},
        {"device_map_config": '{"": 0}'},
        {"from_scratch": True},
        {"allow_remote_code": True},
        {"quantization_bit": 8},
        {"quant_method": "hqq", "quantization_bit": 4},
        {"quant_method": "fp8"},
        {"quantization_bit": 4, "bnb_4bit_quant_type": "fp4"},
        {"quantization_bit": 4, "bnb_4bit_use_double_quant": False},
        {"quantization_bit": 4, "bnb_4bit_quant_storage": "bf16"},
        {"sft_type": "full", "dtype": "fp16"},
        {"sft_type": "full", "lisa_activated_layers": 1},
    ],
    ids=str,
)
def test_what_it_does_not_take_is_refused_with_the_reason(
    installed: None, flags: dict[str, object]
) -> None:
    text = problems(**flags)
    assert "cannot be combined with --tuner_backend unsloth: " in text


def test_a_gpu_is_needed(installed: None) -> None:
    assert "needs a GPU" in problems()


def test_one_process_is_enough(installed: None) -> None:
    config = make_config().replace(tuner_backend="unsloth")
    (found,) = backend.runs_here(config, Facts(device="cuda", world_size=2))
    assert "2 processes were started" in str(found)
    assert not list(backend.runs_here(config, Facts(device="cuda", world_size=1)))


@pytest.mark.parametrize(
    "flags",
    [
        {},
        {"sft_type": "full"},
        {"quantization_bit": 4},
        {"packing": True, "max_length": 64},
        {"use_dora": True, "use_rslora": True, "lora_dropout": 0.1},
    ],
    ids=str,
)
def test_what_it_takes_passes(installed: None, flags: dict[str, object]) -> None:
    config = make_config(**flags).replace(tuner_backend="unsloth")
    assert not list(backend.goes_with_unsloth(config))


def test_the_other_backends_are_left_alone() -> None:
    for name in ("peft", "swift"):
        config = make_config(tuner_backend=name, use_dora=True)
        assert not backend.is_asked(config)
        assert not [*backend.goes_with_unsloth(config), *backend.runs_here(config, Facts())]
