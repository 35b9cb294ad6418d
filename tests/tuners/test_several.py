"""Adapters that follow upon each other: merged, gone on with, or begun anew."""

import pytest
import torch
from tests.fixtures_train import fill, make_config, make_model

from burnish.core.errors import CheckpointError
from burnish.tuners import several
from burnish.tuners.base import Tuner
from burnish.tuners.ia3 import TUNER as IA3
from burnish.tuners.lora import TUNER

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
        model = several.merge_all(base(), folders[: seed + 1])
        torch.testing.assert_close(logits(model), expected, rtol=1e-4, atol=1e-4)
    return base, folders, expected


def test_a_comma_parts_folders(chain):
    _, folders, _ = chain
    assert several.split_folders(f"{folders[0]}, {folders[1]}") == folders
    assert several.split_folders(str(folders[0])) == folders[:1]


def test_going_on_trains_the_last_upon_the_others(chain):
    base, folders, expected = chain
    tuned = several.go_on_with_last(base(), folders)
    torch.testing.assert_close(logits(tuned), expected, rtol=1e-4, atol=1e-4)
    trained = {n for n, p in tuned.named_parameters() if p.requires_grad}
    assert trained and all("lora_" in name for name in trained)
    fresh = TUNER.attach(base(), make_config(**FLAGS), 1)
    assert trained == {n for n, p in fresh.named_parameters() if p.requires_grad}
    fill(tuned, scale=0.1)
    TUNER.save(tuned, folders[1])
    again = several.merge_all(base(), folders)
    torch.testing.assert_close(logits(again), logits(tuned), rtol=1e-4, atol=1e-4)


def test_beginning_anew_starts_where_they_end(chain):
    base, folders, expected = chain
    tuned = several.begin_anew(base(), folders, TUNER, make_config(**FLAGS), 1)
    torch.testing.assert_close(logits(tuned), expected, rtol=1e-4, atol=1e-4)
    kinds = {n: p for n, p in tuned.named_parameters() if p.requires_grad}
    assert not any(p.any() for n, p in kinds.items() if "lora_B" in n)


def test_only_lora_follows_upon_each_other(chain, tmp_path):
    _, folders, _ = chain
    other = tmp_path / "ia3"
    other.mkdir()
    tuner: Tuner = IA3
    tuner.save(tuner.attach(make_model(), make_config(sft_type="ia3"), 1), other)
    assert several.split_folders(str(other)) == [other]
    with pytest.raises(CheckpointError, match="of the kind IA3"):
        several.split_folders(f"{folders[0]},{other}")
    with pytest.raises(CheckpointError, match="is no adapter"):
        several.split_folders(str(tmp_path))
