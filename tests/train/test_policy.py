"""The policy asks the scorer, with gradients while training."""

import torch
from tests.fixtures_train import make_model, make_sequences

from burnish.data.collate import collate
from burnish.nn.scorer import Scorer
from burnish.train.policy import LivePolicy


def test_it_scores_the_model_as_it_is_now():
    model = make_model("llama")
    policy, batch = LivePolicy(Scorer(model)), collate(make_sequences([6, 4]))
    before = policy.score(batch).logps
    assert before.requires_grad
    with torch.no_grad():
        model.lm_head.weight.mul_(2)
        after = policy.score(batch).logps
    assert not after.requires_grad and not torch.allclose(before, after)
