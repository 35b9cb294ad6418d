"""burnish eval: measure a model on benchmarks."""

from burnish.commands.base import not_available
from burnish.commands.infer import COMMAND as INFER
from burnish.config.config import only
from burnish.config.groups.evaluate import EvaluateGroup
from burnish.config.groups.loop import LoopGroup

SEED = only(LoopGroup, "seed")

COMMAND = INFER.variant(
    "eval",
    "measure a model on benchmarks",
    groups=(
        EvaluateGroup,
        only(LoopGroup, "seed", "eval_batch_size"),
        *(entry for entry in INFER.groups if entry != SEED),
    ),
    run=not_available("eval"),
    eval_batch_size=8,
    do_sample=False,
    temperature=0.0,
    helps={"eval_batch_size": "Questions at once."},
    example="burnish eval --model_type demo --eval_dataset arc",
    is_later=True,
)
