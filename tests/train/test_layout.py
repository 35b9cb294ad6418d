"""The small files beside the weights: what infer, other tools and a resumed run find."""

import json

import pytest
from tests.fixtures_train import make_run

from burnish.core.fingerprint import base_fingerprint
from burnish.data.tokenizer import Tokenizer
from burnish.train.fit import fit


@pytest.fixture(scope="module")
def run(tiny_model, tmp_path_factory):
    made = make_run(
        tiny_model,
        tmp_path_factory.mktemp("layout"),
        save_steps=2,
        eval_steps=2,
        max_steps=2,
        dataset_test_ratio=0.25,
    )
    fit(made)
    return made


@pytest.fixture(scope="module")
def saved(run):
    return run.folder / "checkpoint-2"


def read(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_the_tokenizer_is_copied_byte_for_byte(saved, tiny_model):
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        assert (saved / name).read_bytes() == (tiny_model / name).read_bytes(), name
    ours, theirs = Tokenizer.load(saved), Tokenizer.load(tiny_model)
    assert ours.fingerprint() == theirs.fingerprint()


def test_arguments_and_generation_settings_are_those_of_the_run(run, saved, tiny_model):
    assert (saved / "sft_args.json").read_bytes() == (run.folder / "sft_args.json").read_bytes()
    assert read(saved, "sft_args.json")["model_id_or_path"] == str(tiny_model)
    assert read(saved, "generation_config.json") == read(tiny_model, "generation_config.json")


def test_the_state_tells_where_the_run_stood(run, saved):
    found = read(saved, "trainer_state.json")
    assert (found["global_step"], found["max_steps"], found["best_global_step"]) == (2, 2, 2)
    assert found["best_model_checkpoint"] == str(saved)
    assert found["num_input_tokens_seen"] == run.meter.tokens_seen > 0
    losses = [h for h in found["log_history"] if "eval_loss" in h]
    assert losses[-1]["eval_loss"] == found["best_metric"], "a checkpoint holds its own evaluation"


def test_the_adapter_says_what_it_was_put_on(saved, tiny_model):
    found = read(saved, "configuration.json")
    assert found["adapter_cfg"]["model_id_or_path"] == str(tiny_model)
    assert found["adapter_cfg"]["sft_type"] == "lora"
    assert read(saved, "base.json") == base_fingerprint(tiny_model)


def test_the_template_is_described(run, saved):
    found = read(saved, "template.json")
    assert found == json.loads(json.dumps(run.about.template.describe()))
