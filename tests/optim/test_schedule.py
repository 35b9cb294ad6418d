"""The course of the learning rate, step by step."""

import math

import pytest
import torch
from tests.fixtures_train import make_config
from torch import nn

from burnish.config.groups.optim import BY_METRIC, SCHEDULES
from burnish.core.errors import UsageError
from burnish.optim.schedule import schedule, warmup_steps

PEAK = 2e-4


def rates(name, total=20, warmup=4, groups=1):
    """The rate used by each of `total` steps."""
    parameters = [nn.Parameter(torch.zeros(1)) for _ in range(groups)]
    optimizer = torch.optim.SGD(
        [{"params": [p], "lr": PEAK * (i + 1)} for i, p in enumerate(parameters)], lr=PEAK
    )
    course = schedule(optimizer, name, total, warmup)
    found = []
    for _ in range(total):
        found.append(course.get_last_lr())
        optimizer.step()
        course.step()
    return [f[0] for f in found] if groups == 1 else found


@pytest.mark.parametrize(
    ("total", "steps", "ratio", "expected"),
    [
        (100, 0, 0.05, 5),
        (100, 7, 0.05, 7),
        (10, 0, 0.05, 1),
        (101, 0, 0.05, 6),
        (100, 0, 0.0, 0),
        (0, 0, 0.05, 0),
        (20, 0, 1.0, 20),
        (1, 0, 0.05, 0),
    ],
)
def test_warm_up_in_steps_beats_its_share(total, steps, ratio, expected):
    assert warmup_steps(total, steps, ratio) == expected


def test_it_rises_linearly_from_zero():
    for name in ("linear", "cosine", "constant_with_warmup", "polynomial"):
        assert rates(name)[:5] == pytest.approx([0, PEAK / 4, PEAK / 2, 3 * PEAK / 4, PEAK]), name


def test_cosine_falls_to_zero():
    found = rates("cosine", total=20, warmup=4)
    for step, rate in enumerate(found[4:]):
        assert rate == pytest.approx(PEAK * (1 + math.cos(math.pi * step / 16)) / 2)
    assert found[-1] < 0.01 * PEAK


def test_linear_falls_evenly():
    assert rates("linear", 14, 4)[4:] == pytest.approx([PEAK * (10 - i) / 10 for i in range(10)])


def test_the_ends_of_the_others():
    assert rates("constant", warmup=0) == pytest.approx([PEAK] * 20)
    assert rates("constant_with_warmup")[4:] == pytest.approx([PEAK] * 16)
    assert rates("cosine_with_min_lr")[-1] == pytest.approx(0.1 * PEAK, rel=0.2)
    assert min(rates("cosine_with_min_lr")[4:]) >= 0.1 * PEAK
    assert rates("polynomial")[-1] < 0.1 * PEAK
    assert 0 < rates("inverse_sqrt")[-1] < PEAK
    stable = rates("warmup_stable_decay")
    assert stable[4:18] == pytest.approx([PEAK] * 14) and stable[-1] < PEAK


def built():
    return [name for name in SCHEDULES if name not in BY_METRIC]


KWARGS = {
    "cosine_with_min_lr": {"min_lr_rate": 0.1},
    "cosine_warmup_with_min_lr": {"min_lr_rate": 0.1},
    "warmup_stable_decay": {"num_decay_steps": 2},
}


def test_every_name_of_transformers_is_known():
    from transformers.trainer_utils import SchedulerType

    assert {kind.value for kind in SchedulerType} == set(SCHEDULES)


@pytest.mark.parametrize("name", built())
def test_the_rates_are_those_of_transformers(name):
    from transformers import get_scheduler

    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=PEAK)
    kwargs = KWARGS.get(name, {})
    course = get_scheduler(name, optimizer, 4, 20, scheduler_specific_kwargs=kwargs)
    expected = []
    for _ in range(20):
        expected.append(course.get_last_lr()[0])
        optimizer.step(), course.step()
    assert rates(name) == expected and len(set(expected)) > (name != "constant")


@pytest.mark.parametrize("name", BY_METRIC)
def test_a_course_that_follows_a_metric_is_refused(name):
    with pytest.raises(UsageError, match=rf"(?s)--lr_scheduler_type {name}\s.*metric"):
        make_config(lr_scheduler_type=name)


@pytest.mark.parametrize("name", ["linear", "polynomial"])
def test_a_tiny_rate_falls_as_well(name):
    """transformers' polynomial ends at 1e-7 and refuses to begin below."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1e-8)
    course = schedule(optimizer, name, 10, 0)
    for _ in range(9):
        optimizer.step(), course.step()
    assert 0 < course.get_last_lr()[0] < 0.3e-8


@pytest.mark.parametrize("total", [1, 2, 3, 20])
@pytest.mark.parametrize("name", built())
def test_each_one_on_offer_runs_on_any_length(name, total):
    found = rates(name, total, warmup_steps(total, 0, 0.05))
    assert len(found) == total and all(0 <= rate <= PEAK * 1.0001 for rate in found)
    if total == 20:
        assert max(found) == pytest.approx(PEAK, rel=0.02)


@pytest.mark.parametrize("name", built())
def test_groups_keep_their_ratio(name):
    """LoRA+ has groups of other rates; a course multiplies them all alike."""
    for slow, fast in rates(name, groups=2):
        assert fast == pytest.approx(2 * slow)


@pytest.mark.parametrize("name", built())
def test_a_course_goes_on_where_it_was(name):
    whole = rates(name)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=PEAK)
    course = schedule(optimizer, name, 20, 4)
    for _ in range(7):
        optimizer.step()
        course.step()
    saved = (optimizer.state_dict(), course.state_dict())
    again = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=PEAK)
    resumed = schedule(again, name, 20, 4)
    again.load_state_dict(saved[0])
    resumed.load_state_dict(saved[1])
    found = []
    for _ in range(13):
        found.append(again.param_groups[0]["lr"])
        again.step()
        resumed.step()
    assert found == whole[7:], "bit for bit"
