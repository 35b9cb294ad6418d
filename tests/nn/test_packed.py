"""Which layouts a model can take is found out on the model itself; the ones that leak are named."""

import pytest
import torch
import transformers
from tests.fixtures_train import make_model

from burnish.core.errors import ModelError
from burnish.nn import packed
from burnish.nn.kernels import attention
from burnish.nn.load import model_class
from burnish.nn.scorer import Scorer

SMALL = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "bos_token_id": None,
    "eos_token_id": 1,
}
OLD = {
    "Bloom": {"vocab_size": 97, "hidden_size": 32, "n_layer": 2, "n_head": 4},
    "GPT2": {"vocab_size": 97, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64},
    "OPT": {**SMALL, "ffn_dim": 48, "word_embed_proj_dim": 32, "dropout": 0.0},
    "Falcon": {**SMALL},
    "GptOss": {**SMALL, "num_local_experts": 4, "head_dim": 16, "sliding_window": 5},
    "Lfm2": {**SMALL, "layer_types": ["conv", "full_attention"]},
    "Mamba": {"vocab_size": 97, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4},
    "Llama4Text": {**SMALL, "num_local_experts": 2, "attention_chunk_size": 16},
    "Mistral": {**SMALL, "sliding_window": 6},
    "Qwen3": {**SMALL, "head_dim": 16},
}


def build(family, attention_name=None):
    config = getattr(transformers, f"{family}Config")(
        **OLD[family], attn_implementation=attention_name
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = transformers.AutoModelForCausalLM.from_config(config).float()
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.data.normal_(0, 0.2)
    return Scorer(model)


@pytest.mark.parametrize("family", ["llama", "qwen2", "gemma2", "mixtral", "cohere", "granite"])
def test_families_that_attend_by_masks_can_pack(family):
    for name in ("eager",) if family == "gemma2" else ("sdpa", "eager"):
        scorer = Scorer(make_model(family, attn_implementation=name))
        assert packed.settle(scorer, packing=64) is False, "flat batches are for a GPU"
        assert not scorer.own_masks and scorer.training


@pytest.mark.parametrize("family", ["OPT", "Falcon", "GptOss"])
def test_families_that_make_no_packed_mask_get_ours(family):
    scorer = build(family)
    assert packed.leak(scorer, 64) == packed.SEEN
    assert packed.settle(scorer, packing=64) is False and scorer.own_masks


@pytest.mark.parametrize(
    ("family", "reason"),
    [
        ("Bloom", "BloomForCausalLM cannot keep packed sequences apart: it takes no positions"),
        ("Mamba", "MambaForCausalLM .* carries a state"),
        ("Lfm2", "Lfm2ForCausalLM .* what comes before a sequence in its row changes it"),
        ("Llama4Text", "chunks of 16 positions"),
    ],
)
def test_a_model_that_cannot_keep_sequences_apart_is_refused_by_name(family, reason):
    scorer = build(family)
    assert packed.settle(scorer) is False, "without packing there is nothing to refuse"
    with pytest.raises(ModelError, match=reason) as caught:
        packed.settle(scorer, packing=64)
    assert "--packing" in str(caught.value)


@pytest.mark.parametrize(("family", "early"), [("Bloom", True), ("Mamba", True), ("Lfm2", False)])
def test_what_the_class_tells_is_refused_before_weights_are_read(family, early):
    config = getattr(transformers, f"{family}Config")(**OLD[family])
    if early:
        with pytest.raises(ModelError, match=f"{family}ForCausalLM cannot keep"):
            packed.refuse_early(model_class(config))
    else:
        packed.refuse_early(model_class(config))


def test_a_class_that_is_not_known_yet_is_not_refused():
    packed.refuse_early(model_class(object()))
    packed.refuse_early(model_class(transformers.Qwen3Config(**OLD["Qwen3"])))


def test_chunks_longer_than_a_row_do_not_matter():
    assert packed.settle(build("Llama4Text"), packing=16) is False


@pytest.mark.parametrize("family", ["Mistral", "Qwen3"])
def test_attention_by_bounds_is_put_in_where_it_holds(family):
    scorer = build(family, "sdpa")
    assert packed.take_bounds(scorer) is None
    assert scorer.inner.config._attn_implementation == attention.NAME
    assert packed.take_bounds(scorer) is None, "a second time changes nothing"


@pytest.mark.parametrize(
    ("family", "name", "reason"),
    [
        ("GPT2", "sdpa", "dropout"),
        ("Qwen3", "eager", "set to eager"),
        ("Lfm2", "sdpa", "changes it"),
        ("Falcon", "sdpa", "of its own kind"),
        ("Llama4Text", "sdpa", "needs a mask"),
    ],
)
def test_where_it_does_not_the_model_keeps_its_own(family, name, reason):
    scorer = build(family, name)
    assert reason in packed.take_bounds(scorer)
    assert scorer.inner.config._attn_implementation == name


def test_nothing_of_it_is_saved(tmp_path):
    scorer = build("Qwen3", "sdpa")
    packed.take_bounds(scorer)
    scorer.inner.save_pretrained(tmp_path)
    assert attention.NAME not in (tmp_path / "config.json").read_text()
