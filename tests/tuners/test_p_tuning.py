"""P-tuning v2: what attention sees of the prefix, and that text, cache and packing stay right."""

import copy

import pytest
import torch
from safetensors.torch import load_file
from tests.fixtures_train import fill, make_config, make_model, make_sequences

from burnish.core.errors import ModelError
from burnish.data.collate import collate
from burnish.nn.layers.prefix import Prefix, behind
from burnish.nn.scorer import Scorer
from burnish.tuners.p_tuning import TUNER

IDS = torch.arange(2, 14).reshape(2, 6)
PROJECTION = pytest.mark.parametrize("projection", [False, True])


def attach(model, **flags):
    flags = {"pre_seq_len": 3, **flags}
    return TUNER.attach(model, make_config(sft_type="p_tuning", **flags), 10)


def logits(model, ids=IDS, **given):
    with torch.no_grad():
        return model.eval()(input_ids=ids, **given).logits


def softmax_by_hand(attention, hidden, pairs, position_embeddings):
    """The attention of a llama layer over prefix and text, in plain matrix products."""
    from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

    shape = (*hidden.shape[:2], -1, attention.head_dim)
    q, k, v = (getattr(attention, name)(hidden).view(shape).transpose(1, 2)
               for name in ("q_proj", "k_proj", "v_proj"))  # fmt: skip
    q, k = apply_rotary_pos_emb(q, k, *position_embeddings)
    rows, length = hidden.shape[0], len(pairs)
    own_k, own_v = (part.view(length, k.shape[1], -1).transpose(0, 1).expand(rows, -1, -1, -1)
                    for part in pairs.chunk(2, 1))  # fmt: skip
    groups = q.shape[1] // k.shape[1]
    k, v = (torch.cat(both, 2).repeat_interleave(groups, 1) for both in ((own_k, k), (own_v, v)))
    scores = q @ k.transpose(2, 3) * attention.scaling
    text = hidden.shape[1]
    open_ = torch.cat([torch.ones(text, length), torch.ones(text, text).tril()], 1).bool()
    weights = scores.masked_fill(~open_, -torch.inf).softmax(-1)
    return attention.o_proj((weights @ v).transpose(1, 2).flatten(2))


def test_every_layer_attends_to_its_own_learned_keys_and_values():
    model = attach(make_model("llama"))
    fill(model)
    model.eval()
    for index, layer in enumerate(model.model.layers):
        hidden = torch.randn(2, 5, 32)
        rotary = model.model.rotary_emb(hidden, torch.arange(5)[None])
        pairs = model.prefix.embedding.weight[:, 32 * index : 32 * (index + 1)]
        expected = softmax_by_hand(layer.self_attn, hidden, pairs, rotary)
        found = layer.self_attn(hidden, position_embeddings=rotary, attention_mask=None)[0]
        torch.testing.assert_close(found, expected)


def test_the_projection():
    prefix = Prefix(2, 3, 4, projection=5).double()
    fill(prefix)
    inner = torch.tanh(prefix.inner(prefix.embedding.weight))
    whole = prefix.outer(inner)
    for index in range(2):
        torch.testing.assert_close(prefix.layer(index), whole[:, 8 * index : 8 * (index + 1)])
        assert torch.equal(prefix.folded(2).layer(index), prefix.layer(index))


@PROJECTION
@pytest.mark.parametrize("family", ["llama", "qwen2", "glm", "cohere"])
def test_it_comes_back_and_answers_with_and_without_cache(family, projection, tmp_path):
    model = attach(make_model(family), prefix_projection=projection)
    fill(model)
    assert not torch.allclose(logits(model), logits(make_model(family)), atol=1e-3)
    TUNER.save(model, tmp_path)
    again = attach(make_model(family), prefix_projection=projection)
    TUNER.restore(again, tmp_path)
    assert torch.equal(logits(again), logits(model))
    loaded = TUNER.load(make_model(family), tmp_path)
    assert torch.equal(logits(loaded), logits(model))
    given = {"input_ids": IDS, "attention_mask": torch.ones_like(IDS)}
    options = {"max_new_tokens": 6, "do_sample": False, "eos_token_id": None}
    answers = [loaded.generate(**given, **options, use_cache=cache) for cache in (True, False)]
    assert torch.equal(*answers)


@pytest.mark.parametrize("length", [1, 3, 7])
def test_counts_and_files_are_those_of_the_prefix(length, tmp_path):
    """A key and a value of 16 numbers for each layer and position (2 key heads, 8 wide)."""
    plain = attach(make_model("llama"), pre_seq_len=length)
    assert sizes(plain) == {"prefix.embedding.weight": (length, 2 * 2 * 16)}
    made = attach(make_model("llama"), pre_seq_len=length, prefix_projection=True)
    assert sizes(made) == {
        "prefix.embedding.weight": (length, 32),
        "prefix.inner.weight": (32, 32), "prefix.inner.bias": (32,),
        "prefix.outer.weight": (64, 32), "prefix.outer.bias": (64,),
    }  # fmt: skip
    for model in (plain, made):
        TUNER.save(model, tmp_path)
        assert all(
            n.startswith("prefix.") for n in load_file(tmp_path / "adapter_model.safetensors")
        )


def sizes(model):
    return {n: tuple(p.shape) for n, p in model.named_parameters() if p.requires_grad}


def test_text_keeps_its_places_and_labels():
    """There are logits for tokens alone, and a label is scored where it stands without a prefix."""
    model = attach(make_model("llama"))
    fill(model)
    assert logits(model).shape[:2] == IDS.shape
    sequences = make_sequences([9, 5])
    scorer = Scorer(model).eval()
    with torch.no_grad():
        both = scorer(collate(sequences)).logps
        alone = torch.cat([scorer(collate([s])).logps for s in sequences])
        whole = model(input_ids=torch.tensor([sequences[0].input_ids])).logits[0].log_softmax(-1)
    torch.testing.assert_close(both, alone, rtol=1e-4, atol=1e-5)
    labels = torch.tensor(sequences[0].labels)
    expected = whole[labels >= 0, labels[labels >= 0]]
    torch.testing.assert_close(both[: len(expected)], expected, rtol=1e-4, atol=1e-5)


def test_padding_on_the_left_changes_no_answer():
    model = attach(make_model("qwen2"))
    fill(model)
    options = {"max_new_tokens": 6, "do_sample": False, "eos_token_id": None}
    alone = model.eval().generate(IDS[:1], attention_mask=torch.ones(1, 6), **options)[0, 6:]
    padded = torch.cat([torch.zeros(1, 2, dtype=torch.long), IDS[:1]], 1)
    mask = torch.tensor([[0, 0] + [1] * 6])
    both = torch.cat([padded, torch.arange(20, 28)[None]])
    masks = torch.cat([mask, torch.ones_like(mask)])
    found = model.generate(both, attention_mask=masks, **options)[0, 8:]
    assert torch.equal(found, alone)


def test_masks():
    query, key = torch.zeros(1, 4, 3, 8), torch.zeros(1, 2, 3, 8)
    made = behind(None, query, key, 2)[0, 0]
    assert made.tolist() == [[True, True, True, False, False], [True, True, True, True, False],
                             [True] * 5]  # fmt: skip
    added = behind(torch.full((1, 1, 3, 3), -1e9), query, key, 2)[0, 0]
    assert (added[:, :2] == 0).all() and (added[:, 2:] == -1e9).all()
    assert behind(None, query[:, :, :1], key, 2).all()


def test_a_copy_of_the_model_has_a_prefix_of_its_own():
    model = attach(make_model("llama"))
    twin = copy.deepcopy(model)
    before = logits(model)
    fill(twin)
    assert torch.equal(logits(model), before)
    assert not torch.allclose(logits(twin), before)


def test_attention_of_its_own_kind_is_refused():
    with pytest.raises(ModelError, match="cannot be given a prefix"):
        attach(make_model("gemma2", attn_implementation="eager"))
