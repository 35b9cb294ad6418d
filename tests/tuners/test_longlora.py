"""LongLoRA: attention in groups against its mask written out, and plain LoRA everywhere else."""

import pytest
import torch
from tests.fixtures_train import fill, gradients, make_config, make_model, make_sequences

from burnish.core.errors import ModelError, UsageError
from burnish.data.collate import collate
from burnish.nn.layers.shifted_attention import attend
from burnish.nn.scorer import Scorer
from burnish.tuners.longlora import TUNER
from burnish.tuners.lora import TUNER as LORA

IDS = torch.arange(2, 14).reshape(2, 6)


def attach(model, tuner=TUNER, kind="longlora", **flags):
    torch.manual_seed(0)
    flags = {"max_length": 16, "lora_dropout": 0.0, **flags}
    return tuner.attach(model, make_config(sft_type=kind, **flags), 10)


def group_of(length, shift):
    """Which group each position is in."""
    size = length // 4
    return (torch.arange(length) + (size - shift) % size) // size


def masked_attention(q, k, v, scale):
    """Every head over the whole row, with its mask written out."""
    length, heads = q.shape[2], q.shape[1]
    place = torch.arange(length)
    back = place[:, None] >= place
    masks = []
    for head in range(heads):
        group = group_of(length, 0 if head < heads // 2 else length // 4 // 2)
        masks.append(back & (group[:, None] == group))
    k, v = (x.repeat_interleave(heads // x.shape[1], 1) for x in (k, v))
    scores = (q @ k.transpose(2, 3) * scale).masked_fill(~torch.stack(masks), -torch.inf)
    return (scores.softmax(-1) @ v).transpose(1, 2)


@pytest.mark.parametrize("length", [4, 8, 12, 16, 20])
@pytest.mark.parametrize(("heads", "key_heads"), [(4, 4), (4, 2), (3, 1), (1, 1)])
def test_heads_attend_in_groups_half_of_them_shifted(length, heads, key_heads):
    torch.manual_seed(0)
    q = torch.randn(2, heads, length, 8, dtype=torch.float64)
    k, v = (torch.randn(2, key_heads, length, 8, dtype=torch.float64) for _ in range(2))
    module = torch.nn.Module().train()
    found, _ = attend(module, q, k, v, None, scaling=0.3)
    torch.testing.assert_close(found, masked_attention(q, k, v, 0.3))


def test_the_groups_are_those_of_the_paper():
    assert group_of(16, 0).tolist() == [0] * 4 + [1] * 4 + [2] * 4 + [3] * 4
    assert group_of(16, 2).tolist() == [0] * 2 + [1] * 4 + [2] * 4 + [3] * 4 + [4] * 2


def test_rows_that_have_no_four_groups_are_refused():
    module, x = torch.nn.Module().train(), torch.zeros(1, 2, 6, 8)
    with pytest.raises(ModelError, match="row of 6 positions"):
        attend(module, x, x, x, None)


def body(model, ids, training):
    with torch.no_grad():
        return model.train(training).get_base_model().model(input_ids=ids).last_hidden_state


def test_answers_are_those_of_plain_lora():
    long = attach(make_model("llama"))
    plain = attach(make_model("llama"), LORA, "lora", modules_to_save=["EMBEDDING", "LN"])
    fill(long), fill(plain)
    assert torch.equal(body(long, IDS, False), body(plain, IDS, False))
    assert not torch.allclose(body(long, IDS, True), body(plain, IDS, True), atol=1e-3)
    names = [n for n, p in long.named_parameters() if p.requires_grad]
    assert sum("embed_tokens" in n for n in names) == 1 and sum("norm" in n for n in names) == 5


def test_rows_are_padded_to_the_length_and_cut_again():
    """A short row is attended to in groups of a quarter of --max_length, whatever its batch."""
    model = attach(make_model("llama"))
    ids = torch.arange(2, 13)[None]
    short = body(model, ids, True)
    assert short.shape[1] == 11
    whole = body(model, torch.cat([ids, torch.full((1, 5), 7)], 1), True)
    assert torch.equal(short, whole[:, :11]), "padding behind is not seen"
    grouped = body(model, ids[:, :4], True)
    torch.testing.assert_close(grouped, short[:, :4])
    over = body(model, torch.arange(2, 20)[None], True)
    assert over.shape[1] == 18


def test_it_is_trained_by_what_the_scorer_calls():
    model = attach(make_model("llama"))
    fill(model)
    scorer = Scorer(model).train()
    assert not scorer.whole
    (-scorer(collate(make_sequences([9, 5]))).logps.mean()).backward()
    found = gradients(model)
    assert any("embed_tokens" in name for name in found)
    assert all(torch.isfinite(gradient).all() for gradient in found.values())


@pytest.mark.parametrize("tied", [False, True])
def test_plain_peft_opens_what_was_saved(tied, tmp_path):
    from peft import PeftModel

    model = attach(make_model("llama", tied=tied))
    fill(model, scale=0.05)
    TUNER.save(model, tmp_path)
    opened = PeftModel.from_pretrained(make_model("llama", tied=tied), tmp_path)
    with torch.no_grad():
        expected = model.eval()(input_ids=IDS).logits
        torch.testing.assert_close(opened.eval()(input_ids=IDS).logits, expected)


def test_what_cannot_be():
    with pytest.raises(ModelError, match="Qwen2ForCausalLM is not of the Llama family"):
        attach(make_model("qwen2"))
    with pytest.raises(UsageError, match=r"(?s)max_length 18.*use 20"):
        attach(make_model("llama"), max_length=18)
    with pytest.raises(UsageError, match="give --max_length"):
        attach(make_model("llama"), max_length=None)
