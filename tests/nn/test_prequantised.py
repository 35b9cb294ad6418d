"""Folders that GPTQ and AWQ tools packed: read as they are, or refused by name."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.packed_model import write_packed
from tests.tiny import write_tiny_model

from burnish.core.errors import ModelError
from burnish.core.require import is_installed
from burnish.nn import quantize
from burnish.nn.layers import lora
from burnish.nn.layers.grouped import GroupedLinear
from burnish.nn.load import LoadOptions, load_model

CASES = {
    "gptq4": ("gptq", 4, {}),
    "gptq8": ("gptq", 8, {"checkpoint_format": "gptq"}),
    "gptq3": ("gptq", 3, {"checkpoint_format": "gptq_v2"}),
    "gptq2": ("gptq", 2, {"size": 64}),
    "shuffled": ("gptq", 4, {"shuffled": True}),
    "awq": ("awq", 4, {}),
}
IDS = torch.randint(2, 250, (2, 12), generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_tiny_model(tmp_path_factory.mktemp("base"), hidden=64)


def change(folder, **settings):
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] |= settings
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize("name", CASES)
def test_a_folder_is_the_model_of_the_weights_that_it_stands_for(base, tmp_path, name):
    kind, bits, settings = CASES[name]
    meant = write_packed(base, tmp_path, kind, bits, **settings)
    model, plain = load_model(tmp_path, LoadOptions()), load_model(base, LoadOptions())
    for key, weight in meant.items():
        plain.get_parameter(key).data = weight.float()
    logits = [m(input_ids=IDS, use_cache=False).logits for m in (model, plain)]
    assert torch.allclose(*logits, rtol=1e-5, atol=1e-6)
    linears = [m for m in model.model.layers.modules() if hasattr(m, "in_features")]
    assert len(linears) == 14 and all(type(m) is GroupedLinear for m in linears)
    assert quantize.is_quantised(model) and quantize.count(model) == quantize.count(plain)
    assert quantize.quantised_as(model.config) == kind
    assert type(linears[0]).__name__ in lora.FROZEN


def test_scales_and_words_stay_as_stored_whatever_the_dtype(base, tmp_path):
    write_packed(base, tmp_path, "gptq")
    layer = load_model(tmp_path, LoadOptions(torch.bfloat16)).model.layers[0].mlp.up_proj
    saved = load_file(tmp_path / "model.safetensors")
    for part in ("qweight", "qzeros", "scales", "g_idx"):
        assert torch.equal(getattr(layer, part), saved[f"model.layers.0.mlp.up_proj.{part}"])
    assert layer.weight.dtype == torch.bfloat16


def test_layers_left_out_and_missing_groups_are_read_as_they_are(base, tmp_path):
    write_packed(base, tmp_path, "gptq")
    tensors = load_file(tmp_path / "model.safetensors")
    plain = load_file(base / "model.safetensors")
    whole = "model.layers.1.mlp.down_proj"
    for part in ("qweight", "qzeros", "scales", "g_idx"):
        del tensors[f"{whole}.{part}"]
    tensors[f"{whole}.weight"] = plain[f"{whole}.weight"]
    for name in [n for n in tensors if n.endswith("g_idx")]:
        del tensors[name]  # some tools leave it out
    tensors["model.layers.0.mlp.up_proj.bias"] = torch.ones(128)  # others add one
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    model = load_model(tmp_path, LoadOptions())
    assert type(model.model.layers[1].mlp.down_proj) is torch.nn.Linear
    first = model.model.layers[0].mlp
    assert first.gate_proj.g_idx is None and first.up_proj.bias.sum() == 128


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("gptq", {"checkpoint_format": "marlin"}, "laid out as marlin; of gptq, gptq and gptq_v2"),
        ("awq", {"version": "gemv"}, "laid out as gemv; of awq, gemm"),
        ("awq", {"bits": 3}, "awq weights of 3 bits"),
        ("gptq", {"bits": 5}, "gptq weights of 5 bits"),
        ("hqq", {}, "cannot be opened any more"),
        ("aqlm", {}, "cannot be opened any more"),
    ],
)
def test_what_is_not_read_is_refused_before_weights_are(base, tmp_path, kind, settings, said):
    write_packed(base, tmp_path, "awq" if kind == "awq" else "gptq")
    change(tmp_path, quant_method=kind, **settings)
    (tmp_path / "model.safetensors").write_bytes(b"")  # not even opened
    with pytest.raises(ModelError, match=said):
        load_model(tmp_path, LoadOptions())


@pytest.mark.parametrize(
    ("stated", "folder", "said"),
    [
        ("gptq", "awq", "config.json says awq"),
        ("awq", "gptq", "config.json says gptq"),
        ("gptq", None, "says nothing of a quantisation"),
        ("aqlm", "gptq", "config.json says gptq"),
    ],
)
def test_what_weights_are_said_to_be_is_checked(base, tmp_path, stated, folder, said):
    if folder:
        write_packed(base, tmp_path, folder)
    with pytest.raises(ModelError, match=f"--quant_method {stated} says .* {said}"):
        load_model(tmp_path if folder else base, LoadOptions(stated=stated))
    if folder:
        load_model(tmp_path, LoadOptions(stated=folder))


def test_a_config_that_promises_packed_weights_without_any_is_told(base, tmp_path):
    write_packed(base, tmp_path, "gptq")
    (tmp_path / "model.safetensors").write_bytes((base / "model.safetensors").read_bytes())
    with pytest.raises(ModelError, match="no safetensors file in it holds packed weights"):
        load_model(tmp_path, LoadOptions())


def test_packed_layers_that_the_model_has_not_are_told(base, tmp_path):
    write_packed(base, tmp_path, "gptq")
    tensors = load_file(tmp_path / "model.safetensors")
    for part in ("qweight", "qzeros", "scales", "g_idx"):
        name = f"model.layers.1.mlp.up_proj.{part}"
        tensors[f"model.layers.1.mlp.experts.0.up_proj.{part}"] = tensors.pop(name)
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"1 packed layers fit no linear layer.*full-precision"):
        load_model(tmp_path, LoadOptions())


def spoil(tensors, part):
    name = f"model.layers.0.mlp.up_proj.{part}"
    if part == "qzeros":
        del tensors[name]
    elif part == "g_idx":
        tensors[name] = tensors[name] + 1000
    else:
        tensors[name] = tensors[name].to(torch.int32 if part == "scales" else torch.float32)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("qweight", r"up_proj.qweight is float32 in the file, not int32"),
        ("scales", r"up_proj.scales is int32 in the file, not float16"),
        ("qzeros", r"up_proj.qweight and no model.*up_proj.qzeros: it is cut short"),
        ("g_idx", r"names group 10\d\d of \d+: the file is damaged"),
    ],
)
def test_damaged_tensors_are_named(base, tmp_path, part, said):
    write_packed(base, tmp_path, "gptq")
    tensors = load_file(tmp_path / "model.safetensors")
    spoil(tensors, part)
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=said):
        load_model(tmp_path, LoadOptions())


def test_settings_as_other_tools_write_them(base, tmp_path):
    write_packed(base, tmp_path, "gptq")
    change(tmp_path, quant_method="GPTQ", bits="4")
    assert quantize.is_quantised(load_model(tmp_path, LoadOptions()))
    config = json.loads((tmp_path / "config.json").read_text())
    del config["quantization_config"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=r"packed weights .* config.json says nothing"):
        load_model(tmp_path, LoadOptions())
    (tmp_path / "config.json").write_text(json.dumps(config | {"quantization_config": [1]}))
    with pytest.raises(ModelError, match=r"cannot use .*config.json"):
        load_model(tmp_path, LoadOptions())


@pytest.mark.skipif(not is_installed("gptqmodel"), reason="gptqmodel is not installed")
@pytest.mark.parametrize("name", CASES)
def test_gptqmodel_reads_the_same(base, tmp_path, name):
    """The package that writes such folders, through transformers; it computes in bfloat16."""
    from transformers import AutoModelForCausalLM

    kind, bits, settings = CASES[name]
    write_packed(base, tmp_path, kind, bits, **settings)
    ours = load_model(tmp_path, LoadOptions())(input_ids=IDS).logits
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path, device_map="cpu")(input_ids=IDS).logits
    assert (ours - theirs).norm() < 0.02 * ours.norm()
