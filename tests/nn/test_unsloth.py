"""What surrounds Unsloth, without a GPU. What it drives: tests/gpu/test_unsloth_cuda.py."""

import random
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from tests.fixtures_train import SMALL, make_sequences
from transformers import LlamaConfig, LlamaForCausalLM

from burnish.core.errors import ModelError
from burnish.data.collate import batch_of
from burnish.nn import unsloth
from burnish.nn.load import tensors_in


def test_it_does_not_enter_a_process_that_has_loaded_what_it_changes():
    with pytest.raises(ModelError, match="a process of its own"):
        unsloth.begin()  # transformers is here already
    assert "unsloth" not in sys.modules


def test_our_file_brings_none_of_what_it_changes():
    code = (
        "import sys, burnish.nn.unsloth; print(*{'torch', *burnish.nn.unsloth.CHANGED} "
        "& set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_package_that_cannot_be_imported_is_named(tmp_path):
    (tmp_path / "unsloth.py").write_text("raise ImportError('transformers is too new\\nmore')")
    code = "from burnish.nn import unsloth; unsloth.begin()"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"],
        capture_output=True,
        text=True,
    )
    assert "ModelError" in done.stderr and "transformers is too new.\n" in done.stderr


@pytest.mark.parametrize("kind", ["gemma2", "glm"])
def test_other_families_are_refused(kind):
    with pytest.raises(ModelError, match=f"a {kind} model is none of llama"):
        unsloth.refuse_family(SimpleNamespace(model_type=kind))


def test_packed_weights_of_other_kinds_are_refused():
    config = SimpleNamespace(model_type="llama", quantization_config={"quant_method": "gptq"})
    with pytest.raises(ModelError, match="quantised by gptq"):
        unsloth.refuse_family(config)
    config.quantization_config = {"quant_method": "bitsandbytes"}
    unsloth.refuse_family(config)


def test_bounds_are_told_as_lengths():
    lengths = (5, 3, 4)
    batch = batch_of([[s] for s in make_sequences(lengths)], flat=True)
    given = unsloth.arguments(batch)
    assert given["packed_seq_lengths"].tolist() == list(lengths)
    assert given["position_ids"].tolist() == [[*range(5), *range(3), *range(4)]]
    single = batch_of([make_sequences((5,))])
    assert unsloth.arguments(single) == {}


def test_several_packed_rows_are_never_handed_over():
    rows = [list(make_sequences((5, 3))), list(make_sequences((4, 4)))]
    with pytest.raises(AssertionError, match="one row"):
        unsloth.arguments(batch_of(rows))


def test_the_runs_random_numbers_go_on():
    random.seed(1)
    torch.manual_seed(1)
    expected = random.random(), torch.rand(2).tolist()
    random.seed(1)
    torch.manual_seed(1)
    with unsloth.same_chance():
        random.seed(9)
        torch.manual_seed(9)
    assert (random.random(), torch.rand(2).tolist()) == expected


@pytest.fixture
def saved(tmp_path):
    """(model, its folder, its config)."""
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(**SMALL))
    model.save_pretrained(tmp_path)
    return model, tmp_path, model.config


def test_the_row_of_the_padding_token_is_put_back(saved):
    model, folder, config = saved
    weight = model.get_input_embeddings().weight
    before = weight.detach().clone()
    with torch.no_grad():
        weight[config.pad_token_id] = 0
    unsloth.refuse_changed(model, config, folder, tensors_in(folder))
    assert torch.equal(weight, before)


def test_a_weight_that_no_file_gives_is_named(saved):
    model, folder, config = saved
    files = tensors_in(folder)
    del files["model.layers.1.mlp.up_proj.weight"]
    with pytest.raises(ModelError, match=r"1 weights are in no file \(model.layers.1.mlp.up"):
        unsloth.refuse_changed(model, config, folder, files)


def test_added_tokens_are_refused(saved):
    model, folder, config = saved
    model.resize_token_embeddings(model.config.vocab_size + 1)
    with pytest.raises(ModelError, match="adds a padding token"):
        unsloth.refuse_changed(model, config, folder, tensors_in(folder))


def test_the_models_config_is_what_its_folder_says(saved):
    model, folder, _ = saved
    config = LlamaConfig.from_pretrained(folder)
    model.config.update({"unsloth_version": "1", "pad_token_id": 3, "use_cache": False})
    unsloth.give_back_config(model, config)
    assert model.config.pad_token_id == config.pad_token_id and model.config.use_cache
    assert not hasattr(model.config, "unsloth_version")
