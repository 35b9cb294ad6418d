"""Which checkpoint is the best."""

from pathlib import Path

from burnish.train.about import Best


def test_the_best_is_the_lowest_loss_of_an_evaluated_checkpoint():
    best = Best()
    assert not best.saved(1, Path("c-1")), "never evaluated"
    best.evaluated(2, 3.0)
    assert best.saved(2, Path("c-2")) and best.path == "c-2"
    best.evaluated(4, 3.5)
    assert not best.saved(4, Path("c-4")) and best.step == 2
    best.evaluated(5, 1.0)
    assert not best.saved(6, Path("c-6")), "its own weights were not evaluated"
    best.evaluated(8, 2.0)
    assert best.saved(8, Path("c-8"))
    assert (best.metric, best.step, best.path) == (2.0, 8, "c-8")


def test_an_equal_loss_keeps_the_earlier():
    best = Best()
    for step in (1, 2):
        best.evaluated(step, 3.0)
        best.saved(step, Path(f"c-{step}"))
    assert best.step == 1


def test_a_loss_that_is_no_number_is_never_the_best():
    best = Best()
    best.evaluated(1, float("nan"))
    assert not best.saved(1, Path("c-1"))
    best.evaluated(2, 4.0)
    assert best.saved(2, Path("c-2")) and best.step == 2
