"""Flags of training reach the run that is built of them: rates, number format, device, kernels."""

import pytest
import torch
from tests.fixtures_train import make_config, make_model, make_run, namespace, run_flags

from burnish.config import store
from burnish.core.registry import TUNERS
from burnish.optim.base import build_optimizer
from burnish.optim.each import Each
from burnish.train import place, run
from burnish.train.interrupt import StopRequest


def course(tiny_model, folder, **flags):
    """The rate of each of a run's six steps, and those of all its groups at the end."""
    built = make_run(tiny_model, folder, learning_rate=6e-4, **flags)
    found = []
    for _ in range(built.clock.total):
        found.append(built.schedule.get_last_lr()[0])
        built.optimizer.step(), built.schedule.step()
    return found


def test_the_rate_takes_its_course(tiny_model, tmp_path):
    rise = [0, 2e-4, 4e-4]
    linear = {"lr_scheduler_type": "linear"}
    found = course(tiny_model, tmp_path, warmup_ratio=0.5, **linear)
    assert found == pytest.approx([*rise, 6e-4, 4e-4, 2e-4])
    found = course(tiny_model, tmp_path, warmup_ratio=0.5, warmup_steps=1, **linear)
    assert found == pytest.approx([0, 6e-4, 4.8e-4, 3.6e-4, 2.4e-4, 1.2e-4])
    found = course(tiny_model, tmp_path, warmup_ratio=0.5)
    assert found == pytest.approx([*rise, 6e-4, 4.5e-4, 1.5e-4]), "cosine"


def test_a_step_holds_what_the_flags_say(tiny_model, tmp_path):
    built = make_run(tiny_model, tmp_path, batch_size=2, gradient_accumulation_steps=3)
    assert [len(batch.input_ids) for batch in built.data.take(1)] == [2, 2, 2]
    assert built.clock.total == 2, "of 12 rows"


def test_the_optimiser_is_the_one_that_was_asked_for(tiny_model, tmp_path):
    fast = make_run(tiny_model, tmp_path, learning_rate=1e-3, lora_lr_ratio=4, weight_decay=0.3)
    assert {g["initial_lr"] for g in fast.optimizer.param_groups} == {1e-3, 4e-3}
    assert {g["weight_decay"] for g in fast.optimizer.param_groups} == {0.3}
    assert type(fast.optimizer) is torch.optim.AdamW
    assert type(make_run(tiny_model, tmp_path, optim="sgd").optimizer) is Each


def test_the_base_is_loaded_as_the_flags_say(tiny_model, tmp_path):
    plain = make_run(tiny_model, tmp_path)
    other = make_run(
        tiny_model, tmp_path, dtype="bf16", use_flash_attn=False, gradient_checkpointing=False
    )
    kinds = [r.model.get_base_model().model.norm.weight.dtype for r in (plain, other)]
    assert kinds == [torch.float32, torch.bfloat16]
    assert [r.model.config._attn_implementation for r in (plain, other)] == ["sdpa", "eager"]
    recomputed = [r.model.get_base_model().is_gradient_checkpointing for r in (plain, other)]
    assert recomputed == [True, False]


IDLE = {
    "lora_rank": 3, "lora_alpha": 7, "lora_dropout": 0.5, "init_lora_weights": "false",
    "lora_bias_trainable": "all", "lora_dtype": "bf16", "use_dora": True, "use_rslora": True,
    "lora_lr_ratio": 4.0, "target_modules": ["up_proj"], "modules_to_save": ["lm_head"],
    "adalora_init_r": 9, "adapter_length": 3, "boft_block_size": 8, "boft_dropout": 0.5,
    "fourier_n_frequency": 5, "num_layer_trainable": 1, "name_module_trainable": "qkv",
    "pre_seq_len": 2, "prefix_projection": True, "reft_rank": 2, "vera_rank": 7,
    "vera_dropout": 0.5, "galore_rank": 2, "galore_with_embedding": True,
}  # fmt: skip
KINDS = {
    "lora": {}, "full": {}, "longlora": {"max_length": 64}, "ia3": {}, "adapter": {}, "reft": {},
    "adalora": {}, "llamapro": {"llamapro_num_new_blocks": 2}, "freeze": {"num_layer_trainable": 2},
    "p_tuning": {"pre_seq_len": 3}, "boft": {}, "vera": {"vera_rank": 8},
    "fourierft": {"fourier_n_frequency": 9},
}  # fmt: skip


def attached(kind, **flags):
    """Of a freshly attached model: trained tensors with their rate and decay, dropout, logits."""
    torch.manual_seed(0)
    config = make_config(sft_type=kind, **{**KINDS[kind], **flags})
    model = TUNERS.find(kind).attach(make_model("llama"), config, 10)
    groups = build_optimizer(model, config).param_groups
    rates = {name: (g["lr"], g["weight_decay"]) for g in groups for name in g["names"]}
    kinds = {n: (p.shape, p.dtype) for n, p in model.named_parameters() if p.requires_grad}
    drops = sorted(m.p for m in model.modules() if isinstance(m, torch.nn.Dropout))
    with torch.no_grad():
        return rates, kinds, drops, model.eval()(input_ids=torch.arange(2, 14)[None]).logits


@pytest.mark.parametrize("kind", KINDS)
def test_flags_that_are_said_to_have_no_effect_have_none(kind):
    config = make_config(sft_type=kind, **KINDS[kind])
    idle = {name: value for name, value in IDLE.items() if not config.acts(name)}
    assert len(idle) > 10
    said = make_config(sft_type=kind, **{**KINDS[kind], **idle}).notes
    assert all(any(f"--{name} " in note for note in said) for name in idle)
    *expected, logits = attached(kind)
    *found, same = attached(kind, **idle)
    assert found == expected and torch.equal(same, logits)


@pytest.mark.parametrize(("fraction", "taken"), [(0.5, 0.5), (7.0, 1.0), (None, None)])
def test_a_process_takes_its_share_of_the_device(fraction, taken, monkeypatch):
    told = []
    monkeypatch.setattr(run, "Mesh", lambda *given: namespace(device=torch.device("cuda", 0)))
    monkeypatch.setattr(
        torch.cuda, "set_per_process_memory_fraction", lambda *given: told.append(given)
    )
    run.build_mesh(make_config().replace(gpu_memory_fraction=fraction))  # which a CPU refuses
    assert told == ([(taken, torch.device("cuda", 0))] if taken else [])


@pytest.mark.parametrize("wanted", [True, False])
def test_liger_is_asked_for_by_its_flag(wanted, tiny_model, tmp_path, monkeypatch):
    given, told, real = run_flags(tiny_model, tmp_path), [], run.swap
    config = make_config(**given).replace(use_liger=wanted)  # which a CPU refuses

    def swap(model, use_liger):
        told.append(use_liger)
        return real(model)

    monkeypatch.setattr(run, "swap", swap)
    mesh = run.build_mesh(config)
    out = place.run_folder(config, mesh)
    store.save(config, out / "sft_args.json")
    run.build(config, mesh, StopRequest(), out, run.inputs(config))
    assert told == [wanted]


def test_full_determinism_holds_while_it_trains(tiny_model, tmp_path, monkeypatch):
    """And two runs have the same bits."""
    seen, real = [], run.fit

    def fit(built):
        seen.append(torch.are_deterministic_algorithms_enabled())
        real(built)

    monkeypatch.setattr(run, "fit", fit)
    results = [
        run.train(make_config(**run_flags(
            tiny_model, tmp_path, output_dir=tmp_path / name, full_determinism=wanted, max_steps=2,
            lora_dropout=0.3,
        )))
        for name, wanted in (("one", True), ("two", True), ("three", False))
    ]  # fmt: skip
    assert seen == [True, True, False]
    files = [f"{r.last_model_checkpoint}/adapter_model.safetensors" for r in results]
    one, two = (open(file, "rb").read() for file in files[:2])  # noqa: SIM115
    assert one == two
