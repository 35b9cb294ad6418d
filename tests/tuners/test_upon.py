"""Adapters that follow upon each other: merged, gone on with, or trained upon anew."""

import pytest
import torch
from tests.fixtures_train import fill, make_config, make_model

from burnish.core.earlier import as_earlier, keep
from burnish.core.errors import CheckpointError, UsageError
from burnish.tuners.lora import TUNER
from burnish.tuners.several import Chain
from burnish.tuners.upon import go_on, merge_all, upon

IDS = torch.arange(2, 14).reshape(2, 6)
FLAGS = {"target_modules": ["EMBEDDING", "q_proj", "down_proj"], "lora_dropout": 0.0}


def logits(model):
    with torch.no_grad():
        return model.eval()(input_ids=IDS).logits


@pytest.fixture(params=[False, True], ids=["apart", "tied"])
def chain(request, tmp_path):
    """Two adapters, the second trained upon the first; the logits of both."""

    def base():
        return make_model("qwen2", tied=request.param)

    folders, model = [tmp_path / "a", tmp_path / "b"], base()
    for seed, folder in enumerate(folders):
        folder.mkdir()
        tuned = TUNER.attach(model, make_config(**FLAGS), 1)
        fill(tuned, seed=seed + 5, scale=0.1)
        expected = logits(tuned)
        TUNER.save(tuned, folder)
        model = merge_all(base(), folders[: seed + 1])
        torch.testing.assert_close(logits(model), expected, rtol=1e-4, atol=1e-4)
    return base, folders, expected


def test_going_on_trains_the_last_upon_the_others(chain, tmp_path):
    base, folders, expected = chain
    line = (as_earlier(folders[0]),)
    keep(line, tmp_path / "kept")
    tuner = upon(TUNER, Chain(line, folders[1]), tmp_path / "kept")
    tuned = tuner.attach(base(), make_config(lora_dropout=0.25, lora_rank=99), 1)
    torch.testing.assert_close(logits(tuned), expected, rtol=1e-4, atol=1e-4)
    trained = {n: p.shape for n, p in tuned.named_parameters() if p.requires_grad}
    assert trained and all("lora_" in name for name in trained)
    fresh = TUNER.attach(base(), make_config(**FLAGS), 1)
    assert trained == {n: p.shape for n, p in fresh.named_parameters() if p.requires_grad}
    assert tuned.peft_config["default"].lora_dropout == 0.25
    drops = {m.p for m in tuned.modules() if isinstance(m, torch.nn.Dropout) and m.p}
    assert drops == {0.25}
    fill(tuned, scale=0.1)
    (tmp_path / "c").mkdir()
    tuner.save(tuned, tmp_path / "c")
    again = merge_all(base(), [folders[0], tmp_path / "c"])
    torch.testing.assert_close(logits(again), logits(tuned), rtol=1e-4, atol=1e-4)


def test_a_new_one_starts_where_they_end(chain):
    base, folders, expected = chain
    line = tuple(as_earlier(folder) for folder in folders)
    tuned = upon(TUNER, Chain(line), folders[0]).attach(base(), make_config(**FLAGS), 1)
    torch.testing.assert_close(logits(tuned), expected, rtol=1e-4, atol=1e-4)
    kinds = {n: p for n, p in tuned.named_parameters() if p.requires_grad}
    assert not any(p.any() for n, p in kinds.items() if "lora_B" in n or "embedding_A" in n)


@pytest.mark.parametrize("changed", [{}, {"bias": "all"}, {"modules_to_save": ["LN"]}])
def test_what_it_trains_besides_goes_on(tmp_path, changed):
    flags = {"lora_bias_trainable": changed.get("bias", "none"),
             "modules_to_save": changed.get("modules_to_save", [])}  # fmt: skip
    first = TUNER.attach(make_model("qwen2"), make_config(**flags), 1)
    fill(first)
    TUNER.save(first, tmp_path)
    again = go_on(make_model("qwen2"), tmp_path, make_config())
    before, after = (
        {n: p for n, p in m.named_parameters() if p.requires_grad} for m in (first, again)
    )
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_modules_that_are_named_must_be_its_own(tmp_path):
    first = TUNER.attach(make_model(), make_config(target_modules=["q_proj", "v_proj"]), 1)
    TUNER.save(first, tmp_path)
    for same in ({"target_modules": ["v_proj", "q_proj"]}, {"target_regex": r".*\.[qv]_proj"}):
        go_on(make_model(), tmp_path, make_config(**same))
    for other in ({"target_modules": ["q_proj"]}, {"target_regex": r".*\.0\..*\.[qv]_proj"}):
        with pytest.raises(UsageError, match="q_proj, v_proj"):
            go_on(make_model(), tmp_path, make_config(**other))


def test_quantised_weights_take_no_adapter_in(tmp_path):
    first = TUNER.attach(make_model(), make_config(), 1)
    TUNER.save(first, tmp_path)
    packed = make_model()
    layer = packed.model.layers[0].mlp.up_proj
    layer.weight = torch.nn.Parameter(layer.weight.to(torch.int8), requires_grad=False)
    with pytest.raises(CheckpointError, match="weights that are quantised"):
        merge_all(packed, [tmp_path])
