"""Parity: which prompts are compared, and how far apart two sets of logits are."""

import json

import pytest
import torch
from tests.fixtures_model import tiny_model_folder
from tests.fixtures_train import make_model

from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer
from burnish.export.parity import CONVERSATIONS, MOST_TOKENS, compare, prompts, shaken, tolerance


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return Template.own(Tokenizer.load(tiny_model_folder(tmp_path_factory.mktemp("base"))))


def test_the_difference():
    before = [torch.tensor([[1.0, 2.0], [0.0, -4.0]]), torch.tensor([[1.0, 0.0]])]
    after = [torch.tensor([[1.0, 2.5], [0.0, -4.0]]), torch.tensor([[1.0, 1.5]])]
    found = compare(before, after)
    assert (found.largest_difference, found.largest_logit, found.relative) == (1.5, 4.0, 0.375)
    assert (found.prompts, found.positions, found.greedy_agree) == (2, 3, 2)
    assert "largest logit difference 1.5 of 4" in str(found) and "2 of 3" in str(found)


def test_not_a_number_is_infinitely_far():
    found = compare([torch.tensor([[1.0]])], [torch.tensor([[torch.nan]])])
    assert found.relative == float("inf")


def test_tolerances_follow_the_number_format():
    assert tolerance(torch.float32) == 1e-4
    assert tolerance(torch.float16) < tolerance(torch.bfloat16) == 0.0625


def test_what_rounding_explains_is_small_and_of_this_model():
    model = make_model("llama")
    rows = [[5, 6, 7, 8], [9, 10]]
    found = [shaken(make_model("llama"), rows) for _ in range(2)]
    assert found[0] == found[1], "the same every time"
    assert 1e-8 < found[0] < 1e-4
    assert 1e-3 < shaken(model.to(torch.bfloat16), rows) < 1


def test_prompts_are_conversations_and_training_rows(template, tmp_path):
    rows = tmp_path / "rows.jsonl"
    lines = [json.dumps({"query": f"q{n}", "response": f"r{n}"}) for n in range(9)]
    rows.write_text("\n".join(lines))
    found = prompts(template, {"dataset": [f"{rows}#3"]}, 512)
    assert len(found) == len(CONVERSATIONS) + 5
    text = template.tokenizer.decode(found[len(CONVERSATIONS)])
    assert "q0" in text and "r0" in text
    for gone in ({}, {"dataset": []}, {"dataset": ["/nowhere.jsonl"]}, {"dataset": ["alpaca-en"]}):
        assert len(prompts(template, gone, 512)) == len(CONVERSATIONS)
    assert max(map(len, prompts(template, {}, 8))) == 8 < MOST_TOKENS
