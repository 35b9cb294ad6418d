"""Quantised bases: what the flags ask for, what is refused, what the layers compute and train."""

import json
import logging

import pytest
import torch
from tests.fixtures_train import make_config, make_model, make_sequences
from torch import nn

from burnish.core.errors import BurnishError, ModelError, UsageError
from burnish.core.registry import TUNERS
from burnish.data.collate import batch_of
from burnish.nn import quantize
from burnish.nn.layers import lora
from burnish.nn.load import LoadOptions, load_model
from burnish.nn.quantize import Quantisation
from burnish.nn.scorer import Scorer
from burnish.tuners.lora import TUNER

NF4 = Quantisation("bnb", 4)
CASES = {
    "nf4": NF4,
    "fp4": Quantisation("bnb", 4, kind="fp4", double=False),
    "int8": Quantisation("bnb", 8),
    "hqq1": Quantisation("hqq", 1),
    "hqq2": Quantisation("hqq", 2),
    "hqq4": Quantisation("hqq", 4),
    "hqq3": Quantisation("hqq", 3, axis=1),
    "hqq8": Quantisation("hqq", 8),
    "fp8": Quantisation("fp8", 8),
}
SIZES = {"hidden_size": 64, "intermediate_size": 128}


@pytest.fixture(scope="module", autouse=True)
def package():
    """hqq, which few have, is asked for where it is needed."""
    pytest.importorskip("bitsandbytes")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("base")
    make_model("llama", **SIZES).save_pretrained(place)
    return place


@pytest.fixture(scope="module")
def ids():
    return torch.randint(2, 97, (2, 12), generator=torch.Generator().manual_seed(3))


def load(folder, quant, **more):
    if quant is not None and quant.method == "hqq":
        pytest.importorskip("hqq")
    return load_model(folder, LoadOptions(torch.float32, quant=quant, **more))


@pytest.mark.parametrize("from_scratch", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_every_linear_layer_but_the_head_is_packed(folder, ids, name, from_scratch):
    model = load(folder, CASES[name], from_scratch=from_scratch)
    blocks = model.model.layers
    assert all(
        type(m).__name__ in lora.FROZEN for m in blocks.modules() if hasattr(m, "in_features")
    )
    assert type(model.lm_head) is nn.Linear
    assert quantize.is_quantised(model) and quantize.count(model) == quantize.count(
        make_model("llama", **SIZES)
    )
    assert model(input_ids=ids, use_cache=False).logits.isfinite().all()


@pytest.mark.parametrize(
    ("name", "bound"),
    [("nf4", 0.15), ("int8", 0.03), ("hqq4", 0.15), ("hqq8", 0.01), ("fp8", 0.06)],
)
def test_a_layer_computes_nearly_what_it_did(folder, name, bound):
    x = torch.randn(5, 64, generator=torch.Generator().manual_seed(4))
    exact, found = (load(folder, q).model.layers[1].mlp.up_proj(x) for q in (None, CASES[name]))
    assert 0 < (found - exact).norm() / exact.norm() < bound


def test_each_bnb_flag_acts(folder, ids):
    def logits(**changes):
        config = make_config(quantization_bit=4, **changes)
        return load(folder, quantize.asked(config))(input_ids=ids, use_cache=False).logits

    plain = logits()
    assert torch.equal(plain, logits())
    assert not torch.equal(plain, logits(bnb_4bit_quant_type="fp4"))
    assert not torch.equal(plain, logits(bnb_4bit_use_double_quant=False))
    assert not torch.equal(plain, logits(bnb_4bit_comp_dtype="bf16"))
    assert torch.equal(plain, logits(bnb_4bit_quant_storage="bf16"))  # the same numbers
    config = make_config(quantization_bit=4, bnb_4bit_quant_storage="bf16")
    stored = load(folder, quantize.asked(config))
    assert stored.model.layers[0].self_attn.q_proj.weight.dtype == torch.bfloat16


def test_hqq_takes_axis_and_settings_of_layers(folder, ids, tmp_path):
    pytest.importorskip("hqq")
    for bits, axis in ((1, 0), (2, 1), (3, 0), (4, 1), (8, 1)):
        config = make_config(quant_method="hqq", quantization_bit=bits, hqq_axis=axis)
        meta = load(folder, quantize.asked(config)).model.layers[0].mlp.up_proj.meta
        assert (meta["nbits"], meta["axis"]) == (bits, axis)
    own = {"self_attn.q_proj": {"nbits": 8, "group_size": 32}, "layers.1.mlp.up_proj": {"nbits": 3}}
    path = tmp_path / "layers.json"
    path.write_text(json.dumps(own))
    given = {"quant_method": "hqq", "hqq_dynamic_config_path": path}
    some = load(folder, quantize.asked(make_config(**given)))
    first, second = some.model.layers
    assert first.self_attn.q_proj.meta["nbits"] == second.self_attn.q_proj.meta["nbits"] == 8
    assert first.self_attn.q_proj.meta["group_size"] == 32
    assert second.mlp.up_proj.meta["nbits"] == 3
    assert type(first.mlp.up_proj) is nn.Linear  # not named, and no --quantization_bit
    rest = load(folder, quantize.asked(make_config(**given, quantization_bit=4)))
    assert rest.model.layers[0].mlp.up_proj.meta["nbits"] == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "holds no settings"),
        ("{", "cannot be read"),
        ('{"q_proj": {"bits": 4}}', "nothing else"),
        ('{"q_proj": {"nbits": 7}}', "nbits is"),
        ('{"q_proj": {"group_size": 12}}', "multiple of 8"),
    ],
)
def test_settings_of_layers_that_hqq_has_not_are_told(tmp_path, text, said):
    path = tmp_path / "layers.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=said):
        quantize.read_layers(path)


def test_a_group_that_does_not_divide_is_told(tmp_path):
    make_model("llama", hidden_size=24, intermediate_size=24).save_pretrained(tmp_path)
    odd = Quantisation("hqq", 4, layers={"q_proj": {"group_size": 1000}})
    with pytest.raises(ModelError, match=r"q_proj \(24 x 24\) does not divide"):
        load(tmp_path, odd)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, None),
        ({"quantization_bit": 4}, ("bnb", 4)),
        ({"quantization_bit": 8}, ("bnb", 8)),
        ({"quantization_bit": 3}, ("hqq", 3)),
        ({"quant_method": "hqq"}, ("hqq", 8)),
        ({"quant_method": "hqq", "quantization_bit": 4}, ("hqq", 4)),
        ({"quant_method": "fp8"}, ("fp8", 8)),
    ],
)
def test_hqq_without_bits_means_eight(flags, expected, monkeypatch):
    monkeypatch.setattr(quantize, "require", lambda *given, **more: None)  # what is asked for
    found = quantize.asked(make_config(**flags))
    assert (found and (found.method, found.bits)) == expected


def test_a_missing_package_is_told(monkeypatch):
    monkeypatch.setattr("burnish.core.require.is_installed", lambda module: False)
    for flags, said in [
        ({"quantization_bit": 4}, r"--quant_method bnb needs .* pip install 'burnish\[quant\]'"),
        ({"quantization_bit": 3}, r"--quant_method hqq needs .* pip install 'burnish\[hqq\]'"),
    ]:
        with pytest.raises(BurnishError, match=said):
            quantize.asked(make_config(**flags))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"quant_method": "eetq"}, "--quant_method bnb --quantization_bit 8.*int8 as well, or fp8"),
        (
            {"quant_method": "eetq", "quantization_bit": 4, "dtype": "bf16"},
            r"eetq +is not available",
        ),
        ({"quant_method": "bnb", "quantization_bit": 3}, "not a number of bits that bnb has"),
        ({"quant_method": "fp8", "quantization_bit": 4}, "is not 8, as fp8 is"),
        ({"quant_method": "gptq", "quantization_bit": 4}, "those weights are quantised"),
        ({"quantization_bit": 4, "sft_type": "full"}, "cannot be combined with --sft_type full"),
        ({"quant_method": "hqq", "sft_type": "full"}, "cannot be combined with --sft_type full"),
        ({"quant_method": "gptq", "sft_type": "full"}, "cannot be combined with --sft_type full"),
        ({"quantization_bit": 4, "sft_type": "boft"}, "cannot be combined with --sft_type boft"),
        ({"quantization_bit": 3, "sft_type": "vera"}, "cannot be combined with --sft_type vera"),
        ({"quantization_bit": 4, "init_lora_weights": "pissa"}, "changes the base weights"),
        ({"quantization_bit": 4, "ddp_backend": "gloo"}, "use nccl"),
        ({"quant_method": "hqq", "hqq_dynamic_config_path": "none.json"}, "is not a file"),
        ({"rope_scaling": "linear", "max_length": None}, "give --max_length"),
        ({"use_liger": True}, "needs a GPU"),
        ({"device_max_memory": ["10GB"]}, "this process sees 0"),
    ],
)
def test_wrong_combinations_are_told(flags, said):
    with pytest.raises(UsageError, match=said) as caught:
        make_config(**flags)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("bitsandbytes", r"burnish\[quant\]"),
        ("hqq", "cannot be opened any more"),
    ],
)
def test_weights_quantised_before_need_their_package(tmp_path, monkeypatch, kind, said):
    monkeypatch.setattr(quantize, "is_installed", lambda module: False)
    make_model("llama").save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config["quantization_config"] = {"quant_method": kind, "bits": 4}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").write_bytes(b"")  # not even opened
    with pytest.raises(ModelError, match=said):
        load(tmp_path, None)
    with pytest.raises(ModelError, match="would do it twice"):
        load(tmp_path, NF4)


def test_a_folder_that_bnb_quantised_opens(folder, ids, tmp_path):
    model = load(folder, NF4)
    model.save_pretrained(tmp_path)
    again = load(tmp_path, None)
    assert quantize.is_quantised(again)
    logits = [m(input_ids=ids, use_cache=False).logits for m in (model, again)]
    assert torch.equal(*logits)


@pytest.mark.parametrize("name", ["nf4", "int8", "hqq4", "fp8"])
@pytest.mark.parametrize("checkpointing", [False, True])
def test_lora_trains_and_nothing_else_changes(folder, name, checkpointing):
    model = load(folder, CASES[name])
    tuned = TUNER.attach(model, make_config(lora_dropout=0.0, target_modules=["ALL"]), 4)
    trained = {n: p for n, p in tuned.named_parameters() if p.requires_grad}
    assert trained and all(
        "lora_" in name and not quantize.is_packed(p) for name, p in trained.items()
    )
    before = {n: p.detach().clone() for n, p in tuned.named_parameters()}
    if checkpointing:
        tuned.gradient_checkpointing_enable({"use_reentrant": False})
    installed, kept = lora.install(tuned)
    assert installed == 14 and not kept
    scorer = Scorer(tuned).train()
    batch = batch_of([[s] for s in make_sequences([9, 12])], 0, False)
    optimizer = torch.optim.AdamW(trained.values(), lr=1e-2)
    losses = []
    for _ in range(4):
        loss = -scorer(batch).logps.mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.05
    changed = {n for n, p in tuned.named_parameters() if not torch.equal(p, before[n])}
    assert changed == set(trained)


@pytest.mark.parametrize("name", ["nf4", "int8", "hqq4", "fp8"])
def test_our_forward_of_an_adapter_is_pefts(folder, ids, name):
    flags = {"lora_dropout": 0.0, "target_modules": ["ALL"], "init_lora_weights": "false"}
    tuned = TUNER.attach(load(folder, CASES[name]), make_config(**flags), 4)

    def both():
        logits = tuned(input_ids=ids, use_cache=False).logits
        return logits, torch.autograd.grad(
            logits.square().mean(), [p for p in tuned.parameters() if p.requires_grad]
        )

    theirs, slopes = both()
    lora.install(tuned)
    ours, own = both()
    assert torch.allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    for mine, other in zip(own, slopes, strict=True):
        assert torch.allclose(mine, other, rtol=1e-3, atol=1e-6 + 1e-4 * other.abs().max().item())


@pytest.mark.parametrize("name", ["nf4", "int8", "hqq4", "fp8"])
def test_packed_weights_are_never_trained(folder, name):
    model = load(folder, CASES[name])
    with pytest.raises(UsageError, match="q_proj names a module whose weights are quantised"):
        TUNER.attach(model, make_config(modules_to_save=["q_proj"]), 4)
    tuned = TUNER.attach(model, make_config(modules_to_save=["EMBEDDING", "LN"]), 4)
    trained = [p for p in tuned.parameters() if p.requires_grad]
    assert trained and not any(quantize.is_packed(p) for p in trained)


@pytest.mark.parametrize("name", ["nf4", "int8", "hqq4", "fp8"])
@pytest.mark.parametrize(
    "kind", ["adalora", "ia3", "vera", "adapter", "reft", "p_tuning", "longlora", "dora"]
)
def test_every_tuner_that_is_let_trains(folder, ids, name, kind):
    quant = CASES[name]
    flags = {"use_dora": True} if kind == "dora" else {"sft_type": kind}
    given = {"quant_method": quant.method, "quantization_bit": quant.bits}
    if kind in ("adalora", "ia3", "vera") and quant.method != "bnb":
        with pytest.raises(UsageError, match=f"cannot be combined with --sft_type {kind}"):
            make_config(**flags, **given)
        return
    if (kind, name) == ("dora", "int8") and not torch.cuda.is_available():
        with pytest.raises(UsageError, match="8-bit weights on a CPU"):
            make_config(**flags, **given)
        return
    config = make_config(**flags, **given)
    tuned = TUNERS.find(config.value("sft_type")).attach(load(folder, quant), config, 1200)
    tuned(input_ids=ids, labels=ids, use_cache=False).loss.backward()
    slopes = [p.grad for p in tuned.parameters() if p.requires_grad and p.grad is not None]
    assert any(slope.abs().sum() > 0 for slope in slopes)
    assert all(p.grad is None for p in tuned.parameters() if not p.requires_grad)


def test_what_stays_in_full_precision_is_told(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("burnish"), "propagate", True)
    make_model("mixtral", **SIZES).save_pretrained(tmp_path)
    with caplog.at_level(logging.INFO):
        model = load(tmp_path, NF4)
    experts = [n for n, p in model.named_parameters() if p.ndim == 3]
    assert f"{len(experts)} tensors of experts stay as they are" in caplog.text
    linear = sum("Linear4bit" in type(m).__name__ for m in model.modules())
    assert f"quantised: {linear} linear layers (bnb, 4 bits, nf4)" in caplog.text
