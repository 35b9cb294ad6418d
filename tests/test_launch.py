"""NPROC_PER_NODE and the like become torchrun's options."""

import sys

import pytest

from burnish.core.errors import UsageError
from burnish.launch import MARK, torchrun_command

ARGV = ["sft", "--lora_rank", "4"]


def test_one_process_by_default() -> None:
    assert torchrun_command(ARGV, {}) is None
    assert torchrun_command(ARGV, {"NPROC_PER_NODE": "2", MARK: "1"}) is None
    assert torchrun_command(ARGV, {"NPROC_PER_NODE": "2", "RANK": "0"}) is None


def test_one_machine() -> None:
    command = torchrun_command(ARGV, {"NPROC_PER_NODE": "2"})
    assert command is not None
    assert command[:3] == [sys.executable, "-m", "burnish.ranks"]
    assert "--nproc_per_node=2" in command and "--standalone" in command
    assert command[-5:] == ["-m", "burnish", *ARGV]


def test_several_machines() -> None:
    env = {"NNODES": "2", "NODE_RANK": "1", "MASTER_ADDR": "10.0.0.1", "MASTER_PORT": "29501"}
    command = torchrun_command(ARGV, env)
    assert command is not None and "--standalone" not in command
    wanted = {"--nnodes=2", "--nproc_per_node=1", "--node_rank=1", "--master_addr=10.0.0.1"}
    assert wanted <= set(command) and "--master_port=29501" in command


@pytest.mark.parametrize("text", ["two", "0", "-1", "1.5"])
def test_a_number_that_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="NPROC_PER_NODE"):
        torchrun_command(ARGV, {"NPROC_PER_NODE": text})
