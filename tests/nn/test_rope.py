"""Positions stretched: the factor, what the model then computes, and where it is kept."""

import json

import pytest
import torch
from tests.fixtures_train import make_config, make_model
from tests.tiny import write_tiny_model
from transformers import LlamaForCausalLM

import burnish
from burnish.core.errors import ModelError, UsageError
from burnish.nn.load import LoadOptions, load_model
from burnish.nn.rope import DynamicRotary, Stretch, reach, stretch, stretched


@pytest.mark.parametrize(("length", "factor"), [(1, 1), (64, 1), (65, 2), (128, 2), (129, 3)])
@pytest.mark.parametrize("kind", ["linear", "dynamic"])
def test_the_factor_is_the_length_over_the_models_own_rounded_up(kind, length, factor):
    config = make_model("qwen2").config  # 64 positions
    stretch(config, Stretch(kind, length))
    assert config.rope_parameters["factor"] == factor
    assert config.rope_parameters["rope_type"] == kind
    assert reach(config) == 64 * factor


def test_linear_divides_positions(tmp_path):
    make_model("llama").save_pretrained(tmp_path)
    plain = load_model(tmp_path, LoadOptions()).model.rotary_emb
    longer = load_model(tmp_path, LoadOptions(rope=Stretch("linear", 128))).model.rotary_emb
    x, positions = torch.zeros(1, 10, 32), torch.arange(10)[None]
    for ours, theirs in zip(longer(x, 2 * positions), plain(x, positions), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)
    assert not torch.allclose(longer(x, positions)[0], plain(x, positions)[0], atol=1e-3)


def test_dynamic_leaves_short_texts_alone_and_changes_long_ones(tmp_path):
    make_model("llama").save_pretrained(tmp_path)
    plain = load_model(tmp_path, LoadOptions())
    longer = load_model(tmp_path, LoadOptions(rope=Stretch("dynamic", 128)))
    for length, same in ((30, True), (100, False)):
        ids = torch.randint(2, 97, (1, length), generator=torch.Generator().manual_seed(0))
        both = [m(input_ids=ids, use_cache=False).logits for m in (plain, longer)]
        assert torch.allclose(*both, atol=1e-5) is same


@pytest.mark.parametrize("family", ["llama", "glm", "cohere", "gemma2"])
def test_dynamic_depends_on_a_texts_own_length_alone(family, tmp_path):
    """Alone, beside others, packed behind others and after a longer one: the same."""
    make_model(family).save_pretrained(tmp_path)
    model = load_model(tmp_path, LoadOptions(rope=Stretch("dynamic", 200))).eval()
    dice = torch.Generator().manual_seed(0)
    texts = [torch.randint(2, 97, (1, n), generator=dice) for n in (150, 90, 30, 120)]
    rotary = next(m for m in model.modules() if isinstance(m, DynamicRotary))
    alone = [rotary(torch.zeros(1, 1, 32), torch.arange(t.shape[1])[None]) for t in texts]
    first = model(input_ids=texts[1], use_cache=False).logits
    model(input_ids=texts[0], use_cache=False)
    assert torch.equal(model(input_ids=texts[1], use_cache=False).logits, first)
    packed = torch.cat([torch.arange(t.shape[1]) for t in texts])[None]
    for side, whole in enumerate(rotary(torch.zeros(1, 1, 32), packed)):
        pieces = whole.split([t.shape[1] for t in texts], dim=1)
        for piece, expected in zip(pieces, alone, strict=True):
            assert torch.equal(piece, expected[side])
    padded = torch.zeros(2, 150, dtype=torch.long)
    padded[0], padded[1, :90] = torch.arange(150), torch.arange(90)
    assert torch.equal(rotary(torch.zeros(1, 1, 32), padded)[0][1, :90], alone[1][0][0])


def test_dynamic_is_transformers_own_for_a_text_alone(tmp_path):
    make_model("llama").save_pretrained(tmp_path)
    config = load_model(tmp_path, LoadOptions(rope=Stretch("dynamic", 128))).config
    for length in (20, 64, 65, 128, 150):
        theirs = LlamaForCausalLM.from_pretrained(tmp_path, config=config).eval()
        ours = load_model(tmp_path, LoadOptions(rope=Stretch("dynamic", 128))).eval()
        ids = torch.randint(2, 97, (1, length), generator=torch.Generator().manual_seed(1))
        both = (m(input_ids=ids).logits for m in (ours, theirs))
        torch.testing.assert_close(*both, rtol=0, atol=2e-5)


def test_a_model_that_cannot_be_stretched_is_told():
    config = make_model("llama").config
    stretch(config, Stretch("linear", 100))
    with pytest.raises(ModelError, match="stretches positions already"):
        stretch(config, Stretch("linear", 100))
    from transformers import GPT2Config

    with pytest.raises(ModelError, match="no rotary positions"):
        stretch(GPT2Config(), Stretch("linear", 5000))


def test_the_length_is_the_checkpoints_else_the_flag():
    config = make_config(rope_scaling="linear", max_length=300)
    assert stretched(config) == Stretch("linear", 300)
    assert stretched(config, 900) == Stretch("linear", 900)
    assert stretched(make_config()) is None
    with pytest.raises(UsageError, match="give --max_length"):
        make_config(rope_scaling="dynamic", max_length=None)


def test_a_run_that_stretched_is_asked_and_merged_so(tmp_path):
    base = write_tiny_model(tmp_path / "base")  # 512 positions
    rows = tmp_path / "rows.jsonl"
    long = {"query": "word " * 110, "response": "b" * 60}
    rows.write_text("\n".join(json.dumps(long) for _ in range(2)))
    done = burnish.sft(
        model_id_or_path=str(base), dataset=[str(rows)], output_dir=str(tmp_path / "run"),
        max_steps=1, rope_scaling="linear", max_length=1500, dataset_test_ratio=0,
    )  # fmt: skip
    from burnish.config.groups.infer import InferGroup
    from burnish.infer.session import open_session

    asked = _config("infer", ckpt_dir=done.last_model_checkpoint)
    session = open_session(asked)
    assert asked[InferGroup].ckpt_dir and session.engine.context_length == 1536
    assert session.model.config.rope_parameters["factor"] == 3
    merged = burnish.merge_lora(ckpt_dir=done.last_model_checkpoint)
    config = json.loads((merged.folder / "config.json").read_text())
    assert config["rope_parameters"]["factor"] == 3
    whole = open_session(_config("infer", ckpt_dir=str(merged.folder)))
    assert whole.model.config.rope_parameters["factor"] == 3  # once, not twice


def _config(command, **flags):
    from burnish.commands.base import load
    from burnish.config.resolve import resolve

    return resolve(load(command), flags)
