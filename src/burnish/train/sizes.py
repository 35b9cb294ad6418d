"""What a tuner would train on a model, found on the model's shape alone: no weight is read."""

from __future__ import annotations

from pathlib import Path

import torch

from burnish.config.config import Config
from burnish.config.groups.tuner import TunerGroup
from burnish.core.errors import BurnishError, UsageError
from burnish.core.registry import TUNERS
from burnish.nn.load import LoadOptions, from_scratch, read_config
from burnish.train.memory import ADAM_32, SPLIT

HALF = 2
"""Bytes of a bfloat16 gradient."""


def trained_count(folder: Path, config: Config) -> int | str:
    """How many numbers the tuner of `config` trains on the model in `folder`; or why that cannot be
    said.
    """
    kind = config[TunerGroup].sft_type
    try:
        model = from_scratch(read_config(folder), LoadOptions(torch.bfloat16, "meta"))
        if kind != "full":
            model.requires_grad_(False)
        tuned = TUNERS.find(kind).attach(model, config, 1000)
    except UsageError as error:
        problem = error.problems[0]
        return f"--{problem.flag} {problem.got} {problem.wrong}"
    except BurnishError as error:
        return str(error).partition("\n")[0]
    except RuntimeError:  # it asks for a number, which a shape has not
        return "not known without the weights"
    return sum(p.numel() for p in tuned.parameters() if p.requires_grad)


def extra_bytes(trained: int, kind: str) -> int:
    """Memory beside the base's own weights for training so many numbers with AdamW."""
    return trained * (HALF + SPLIT if kind == "full" else ADAM_32)
