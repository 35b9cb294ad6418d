"""Runs and their inputs, made once for all end-to-end tests of a worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fixtures_runs import Runner, command, write_inputs


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    made = Runner(tmp_path_factory.mktemp("runner"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `model`, `rows.jsonl`, `validation.jsonl` and `text.jsonl`."""
    return write_inputs(tmp_path_factory.mktemp("inputs"))


@pytest.fixture(scope="session", params=["lora", "full"])
def whole(
    request: pytest.FixtureRequest,
    runner: Runner,
    inputs: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, Path]:
    """The run that nothing disturbed: (sft_type, its folder)."""
    output = tmp_path_factory.mktemp(request.param) / "whole"
    assert runner(command(inputs, output, request.param)) == 0, runner.said
    return request.param, output
