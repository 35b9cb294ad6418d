"""Curves as pictures and as characters."""

import pytest

from burnish.train.curves import draw, series, smoothed, text_curve


def line(step, loss, **more):
    return {"loss": loss, "global_step/max_steps": f"{step}/9", **more}


def test_nothing_to_draw_makes_no_folder(tmp_path):
    draw([line(1, 2.0)], tmp_path / "images")
    assert not (tmp_path / "images").exists()


def test_a_series_is_what_has_the_name():
    history = [line(1, 3.0), {"eval_loss": 9.0, "global_step/max_steps": "1/9"}, line(5, 2.0)]
    history.append({"loss": 1.0})
    assert series(history, "loss") == [(1, 3.0), (5, 2.0)]
    assert series(history, "eval_loss") == [(1, 9.0)]
    assert series([], "loss") == []


def test_smoothing_is_corrected_for_its_start():
    assert smoothed([5.0]) == pytest.approx([5.0])
    assert smoothed([2.0] * 20) == pytest.approx([2.0] * 20)
    assert smoothed([1.0, 2.0])[1] == pytest.approx((0.9 * 1 + 2) / 1.9)
    assert smoothed([]) == []


def test_a_curve_in_characters():
    points = [(step, 10.0 - step) for step in range(1, 10)]
    rows = text_curve(points, width=17, height=9).splitlines()
    assert len(rows) == 9 + 2
    places = [row.partition("|")[2].index("*") for row in rows[:9]]
    assert places == [0, 2, 4, 6, 8, 10, 12, 14, 16], "falls from left to right"
    assert all(row.count("*") == 1 for row in rows[:9])
    assert rows[0].startswith("    9.000 |") and rows[8].startswith("    1.000 |")
    assert rows[-1].split() == ["step", "1", "9"]


def test_a_flat_curve_and_too_few_points():
    flat = text_curve([(1, 2.0), (2, 2.0)], width=10, height=3)
    assert flat.splitlines()[0].count("*") == 2
    assert text_curve([]) == text_curve([(1, 2.0)]) == ""
