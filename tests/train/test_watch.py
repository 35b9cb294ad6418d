"""Losses that are no numbers are named with their step and samples, late or at once."""

import pytest
import torch
from tests.fixtures_train import make_sequences

from burnish.core.errors import TrainingError
from burnish.data.collate import collate
from burnish.train.watch import Watch

BATCH = collate(make_sequences([4, 5, 6]))
NAN, INF = float("nan"), float("inf")


def losses(*values):
    return torch.tensor(values)


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
def test_a_bad_row_is_named(bad):
    watch = Watch(waits=False, scaled=False)
    watch.add(7, BATCH, losses(1.0, bad, 2.0))
    with pytest.raises(TrainingError) as caught:
        watch.look(before=7)
    text = str(caught.value)
    assert "loss of step 7" in text and "rows.jsonl:2" in text
    assert "rows.jsonl:1" not in text and "rows.jsonl:3" not in text


def test_good_numbers_pass():
    watch = Watch(waits=False, scaled=False)
    for step in range(1, 5):
        watch.add(step, BATCH, losses(1.0, 0.0, 1e30))
        watch.add_norm(step, torch.tensor(3.0))
        watch.look(before=step)
    watch.look_at_all()
    assert watch.norm() == 3.0


def test_where_looking_stalls_it_comes_a_step_later():
    watch = Watch(waits=True, scaled=False)
    watch.add(1, BATCH, losses(NAN, 1.0, 1.0))
    watch.look(before=1)
    watch.add(2, BATCH, losses(1.0, 1.0, 1.0))
    with pytest.raises(TrainingError, match="loss of step 1"):
        watch.look(before=2)


def test_before_a_save_everything_is_looked_at():
    watch = Watch(waits=True, scaled=False)
    watch.add(1, BATCH, losses(1.0, 1.0, INF))
    with pytest.raises(TrainingError, match=r"rows\.jsonl:3"):
        watch.look_at_all()


def test_a_bad_gradient_names_the_samples_of_its_step():
    watch = Watch(waits=True, scaled=False)
    watch.add(3, BATCH, losses(1.0, 1.0, 1.0))
    watch.add_norm(3, torch.tensor(NAN))
    with pytest.raises(TrainingError) as caught:
        watch.look_at_all()
    assert "gradient of step 3" in str(caught.value)
    assert all(f"rows.jsonl:{row}" in str(caught.value) for row in (1, 2, 3))


def test_the_loss_is_blamed_before_the_gradient_that_follows_from_it():
    watch = Watch(waits=False, scaled=False)
    watch.add(3, BATCH, losses(1.0, NAN, 1.0))
    watch.add_norm(3, torch.tensor(NAN))
    with pytest.raises(TrainingError, match="loss of step 3"):
        watch.look(before=3)


def test_with_a_loss_scale_gradients_may_overflow():
    watch = Watch(waits=False, scaled=True)
    watch.add(1, BATCH, losses(1.0, 1.0, 1.0))
    watch.add_norm(1, torch.tensor(INF))
    watch.look(before=1)
    watch.add(2, BATCH, losses(1.0, NAN, 1.0))
    with pytest.raises(TrainingError):
        watch.look(before=2)


def test_long_lists_are_cut():
    watch = Watch(waits=False, scaled=False)
    batch = collate(make_sequences([3] * 20))
    watch.add(1, batch, torch.full((20,), NAN))
    with pytest.raises(TrainingError, match="and 12 more"):
        watch.look(before=1)


def test_a_filler_has_no_names():
    watch = Watch(waits=False, scaled=False)
    watch.add(1, collate([]), torch.zeros(1))
    watch.look(before=1)
    assert watch.norm() == 0.0
