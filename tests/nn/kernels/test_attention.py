"""Attention by bounds: the same as every sequence alone, and never silently less than asked for."""

from itertools import pairwise

import pytest
import torch
from tests.fixtures_train import assert_same_gradients, gradients, make_model, namespace
from torch import nn
from torch.nn.functional import scaled_dot_product_attention as sdpa

from burnish.core.errors import ModelError
from burnish.nn.kernels import attention, verify
from burnish.nn.kernels.attention import Shape, attend, eager, fast

BOUNDS = torch.tensor([0, 1, 8, 21, 24], dtype=torch.int32)


def draw(heads, width=8, length=24, seed=0):
    make = torch.Generator().manual_seed(seed)
    return torch.randn(length, heads, width, generator=make, dtype=torch.float64)


@pytest.mark.parametrize("window", [None, 4])
def test_the_twin_is_sdpa_of_each_sequence(window):
    query, key, value = draw(4), draw(2, seed=1), draw(2, seed=2)
    found = eager(query, key, value, BOUNDS, 13, 0.3, window)
    for start, end in pairwise(BOUNDS.tolist()):
        q, k, v = (x[start:end].transpose(0, 1) for x in (query, key, value))
        back = torch.arange(end - start)[:, None] - torch.arange(end - start)
        seen = (back >= 0) & (back < (window or 99))
        expected = sdpa(q, k, v, attn_mask=seen, scale=0.3, enable_gqa=True)
        torch.testing.assert_close(found[start:end], expected.transpose(0, 1))


@pytest.mark.parametrize("groups", [True, False])
@pytest.mark.parametrize("window", [None, 4, 13, 99])
def test_the_kernel_is_asked_the_right_thing(monkeypatch, window, groups):
    """torch's kernel runs on a GPU alone; here a stand-in of its interface takes its place."""

    def stand_in(query, key, value, start_q, start_k, most_q, most_k, **given):
        assert torch.equal(start_q, start_k)
        assert most_q == most_k == start_q.diff().max() and given["window_size"][1] == 0
        assert given.get("enable_gqa", False) == (key.shape[1] < query.shape[1])
        left = given["window_size"][0]
        return eager(
            query, key, value, start_q, most_q, given["scale"], None if left < 0 else left + 1
        )

    monkeypatch.setattr(attention, "varlen_attn", stand_in)
    monkeypatch.setattr(attention, "takes_groups", lambda: groups)
    query, key, value = draw(4), draw(2, seed=1), draw(2, seed=2)
    found = fast(query, key, value, BOUNDS, 13, 0.3, window)
    torch.testing.assert_close(found, eager(query, key, value, BOUNDS, 13, 0.3, window))
    shape = Shape(torch.float32, 4, 2, 8, window)
    assert verify.attention_works.__wrapped__("cpu", shape)


def test_a_kernel_that_looks_across_is_caught(monkeypatch, caplog):
    def one_long_sequence(query, key, value, bounds, *_, **given):
        whole = bounds[[0, -1]]
        return eager(query, key, value, whole, 0, given["scale"], None)

    monkeypatch.setattr(attention, "varlen_attn", one_long_sequence)
    monkeypatch.setattr(attention, "takes_groups", lambda: True)
    assert not verify.attention_works.__wrapped__("cpu", Shape(torch.float32, 4, 2, 8, None))
    assert not verify.attention_works.__wrapped__("cpu", Shape(torch.bfloat16, 4, 2, 8, None))
    assert caplog.text.count("differs from its eager twin") == 2


def call(module=None, **extra):
    heads = [torch.randn(2, h, 12, 8) for h in (4, 2, 2)]
    bounds = torch.tensor([0, 5, 12, 24], dtype=torch.int32)
    return attend(
        module or namespace(is_causal=True, num_key_value_groups=2),
        *heads,
        None,
        cu_seq_lens_q=bounds,
        max_length_q=12,
        **extra,
    )


def test_rows_go_in_and_come_out_in_the_shape_of_transformers():
    found, weights = call(is_causal=True, use_cache=False, position_ids=torch.arange(12))
    assert found.shape == (2, 12, 4, 8) and weights is None


@pytest.mark.parametrize(
    "extra",
    [
        {"softcap": 30.0},
        {"s_aux": torch.zeros(4)},
        {"dropout": 0.1},
        {"is_causal": False},
        {"position_bias": torch.zeros(4)},
        {"never_heard_of": 3},
    ],
)
def test_what_the_kernel_cannot_do_is_an_error(extra):
    (name,) = extra
    word = {"is_causal": "both sides"}.get(name, name)
    with pytest.raises(ModelError, match=word):
        call(**extra)


def test_a_layer_that_is_not_causal_is_an_error():
    with pytest.raises(ModelError, match="both sides"):
        call(nn.Module.__new__(type("Layer", (nn.Module,), {"is_causal": False})))


def test_without_bounds_it_is_plain_sdpa():
    """What generation and padded batches call: the same values and gradients, padding masked."""
    attention.register()
    ids = torch.randint(2, 97, (2, 9), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[0, :4] = 0
    outputs, slopes, texts = [], [], []
    for name in ("sdpa", attention.NAME):
        model = make_model("llama", attn_implementation="sdpa")
        model.set_attn_implementation(name)
        logits = model(input_ids=ids, attention_mask=mask).logits[:, 4:]
        logits.square().sum().backward()
        outputs.append(logits)
        slopes.append(gradients(model))
        texts.append(model.generate(ids, attention_mask=mask, max_new_tokens=8, do_sample=False))
    assert torch.equal(*outputs) and torch.equal(*texts)
    assert_same_gradients(slopes[1], slopes[0], part=1e-6)


def test_own_masks_follow_bounds_windows_and_the_kind_of_attention():
    bounds = torch.tensor([0, 2, 4, 7, 8], dtype=torch.int32)
    batch = namespace(positions=torch.tensor([[0, 1, 0, 1], [0, 1, 2, 0]]), bounds=bounds)
    plain = namespace(_attn_implementation="sdpa", dtype=torch.float32)
    found = attention.masks(plain, batch)
    assert found.shape == (2, 1, 4, 4) and found.dtype == torch.bool
    assert found[0, 0].int().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1]]
    assert found[1, 0].int().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1]]
    kinds = ["full_attention", "sliding_attention"]
    mixed = namespace(
        _attn_implementation="eager", dtype=torch.bfloat16, layer_types=kinds, sliding_window=2
    )
    found = attention.masks(mixed, batch)
    assert list(found) == kinds and found["full_attention"].dtype == torch.bfloat16
    least = torch.finfo(torch.bfloat16).min
    assert found["full_attention"][1, 0, 2].tolist() == [0, 0, 0, least]
    assert found["sliding_attention"][1, 0, 2].tolist() == [least, 0, 0, least]
