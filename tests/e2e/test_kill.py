"""A run that is killed, at whatever moment, goes on as if nothing had happened: to the last bit."""

import random
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures_runs import BATCHES, EVERY, ROWS, STEPS, Runner, assert_same_run, command

KILLED = -9


def moments(sft_type: str, size: int) -> dict[str, dict[str, Any]]:
    """The ten moments: where in their ranges, the seed decides. `size`: bytes of a checkpoint."""
    draw = random.Random(f"2 {sft_type}")
    saves = range(EVERY, STEPS + 1, EVERY)
    steps = sorted(draw.sample(range(1, STEPS + 1), 4))
    found: dict[str, dict[str, Any]] = {
        "tokenising": {"kind": "tokenising", "samples": draw.randrange(ROWS)},
        "evaluation": {
            "kind": "in an evaluation",
            "step": draw.choice(saves),
            "batch": draw.randrange(BATCHES),
        },
        "rotation": {"kind": "before rotation", "step": draw.choice(saves[2:])},
    }
    for number, step in enumerate(steps, 1):
        found[f"step {number}"] = {"kind": "between steps", "step": step}
    for number, share in enumerate((0.01, 0.4, 0.7), 1):
        cut = int(size * (share + 0.2 * draw.random()))
        found[f"save {number}"] = {"kind": "inside a save", "step": draw.choice(saves), "size": cut}
    return found


NAMES = tuple(moments("lora", 0))


def test_there_are_ten_moments() -> None:
    kinds = [moment["kind"] for moment in moments("full", 0).values()]
    assert len(kinds) == 10
    assert kinds.count("between steps") == 4
    assert kinds.count("inside a save") == 3


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_run_ends_with_the_same_bits(
    name: str, whole: tuple[str, Path], runner: Runner, inputs: Path, tmp_path: Path
) -> None:
    sft_type, expected = whole
    last = expected / f"checkpoint-{STEPS}"
    moment = moments(sft_type, sum(file.stat().st_size for file in last.iterdir()))[name]
    output = kill_at(moment, runner, command(inputs, tmp_path, sft_type))
    if name == "tokenising":
        assert not output.exists(), "the run's folder is made when its data is ready"
        cache = output.with_name(f"{output.name}-cache") / "tokens"
        assert not [entry for entry in cache.iterdir() if len(entry.name) == 64], "no half entry"
        again = command(inputs, output, sft_type)
    else:
        again = command(inputs, output, sft_type, resume_from_checkpoint=output)
    assert runner(again) == 0, f"{moment}: {runner.said}"
    assert_same_run(output, expected, sft_type)


def kill_at(moment: dict[str, Any], runner: Runner, argv: list[str]) -> Path:
    """Run until killed at `moment`; returns the output folder, left as the kill left it.

    On a busy machine the process that watches a save may wake up too late; it gets another chance
    then, so that the kill is proven to fall inside the save.
    """
    place = argv.index("--output_dir") + 1
    root = Path(argv[place])
    for attempt in range(5):
        output = root / f"try{attempt}"
        argv[place] = str(output)
        assert runner(argv, moment) == KILLED, f"{moment}: {runner.said}"
        if moment["kind"] != "inside a save":
            return output
        step = moment["step"]
        if (output / f".writing-checkpoint-{step}").is_dir():
            assert not (output / f"checkpoint-{step}").exists()
            return output
    raise AssertionError(f"no kill fell inside a save: {moment}")
