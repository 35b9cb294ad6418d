"""burnish merge-lora: write an adapter and its base as one model."""

from typing import TYPE_CHECKING

from burnish.commands.infer import COMMAND as INFER

if TYPE_CHECKING:
    from burnish.config.config import Config


def run(config: "Config") -> object:
    """Merge; returns where the model was written and the largest logit difference."""
    from burnish.export.merge import merge

    return merge(config)


COMMAND = INFER.variant(
    "merge-lora",
    "write an adapter and its base as one model",
    run=run,
    prints=True,
    example="burnish merge-lora --ckpt_dir output/demo/v0-20261122-090000/checkpoint-100",
)
