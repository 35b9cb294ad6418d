"""Optimiser and schedule."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from burnish.config.flag import AUTO, flag, group
from burnish.core.errors import Problem
from burnish.core.require import is_installed

if TYPE_CHECKING:
    from burnish.config.config import Config

OF_BITSANDBYTES = (
    "adamw_8bit", "adamw_bnb_8bit", "paged_adamw_32bit", "paged_adamw_8bit", "lion_8bit",
    "paged_lion_32bit", "paged_lion_8bit", "ademamix", "ademamix_8bit", "paged_ademamix_32bit",
    "paged_ademamix_8bit", "rmsprop_bnb", "rmsprop_bnb_32bit", "rmsprop_bnb_8bit",
)  # fmt: skip
SERVED = (
    "adamw_torch", "adamw_torch_fused", "adamw_hf", "adafactor", "sgd", "adagrad", "rmsprop",
    "lion_32bit", "muon", *OF_BITSANDBYTES,
)  # fmt: skip
OTHERS = {
    "adamw_apex_fused": "adamw_torch_fused",
    "adamw_anyprecision": "adamw_torch",
    "adamw_torch_4bit": "adamw_8bit",
    "adamw_torch_8bit": "adamw_8bit",
    "adamw_torch_xla": "adamw_torch",
    "adamw_torch_npu_fused": "adamw_torch",
    "lomo": "adafactor",
    "adalomo": "adafactor",
    "grokadamw": "adamw_torch",
    "stable_adamw": "adafactor",
    "schedule_free_radam": "adamw_torch with --lr_scheduler_type constant_with_warmup",
    "schedule_free_adamw": "adamw_torch with --lr_scheduler_type constant_with_warmup",
    "schedule_free_sgd": "sgd with --lr_scheduler_type constant_with_warmup",
    "apollo_adamw": "adamw_torch with --use_galore true",
    "apollo_adamw_layerwise": "adamw_torch with --use_galore true",
    "galore_adamw": "adamw_torch with --use_galore true",
    "galore_adamw_8bit": "adamw_8bit with --use_galore true",
    "galore_adafactor": "adafactor with --use_galore true",
    "galore_adamw_layerwise": "adamw_torch with --use_galore true",
    "galore_adamw_8bit_layerwise": "adamw_8bit with --use_galore true",
    "galore_adafactor_layerwise": "adafactor with --use_galore true",
}
"""Names that transformers has or had and burnish does not serve, and what comes nearest."""
OPTIMIZERS = (*SERVED, *OTHERS)

SCHEDULES = (
    "linear", "cosine", "cosine_with_restarts", "polynomial", "constant",
    "constant_with_warmup", "inverse_sqrt", "cosine_with_min_lr", "warmup_stable_decay",
    "cosine_warmup_with_min_lr", "reduce_lr_on_plateau", "greedy",
)  # fmt: skip
BY_METRIC = ("reduce_lr_on_plateau", "greedy")
"""Those that look at a loss before each change: their rates are no function of the step."""

OF_ANY_LENGTH = ("constant", "constant_with_warmup", "inverse_sqrt")
"""Those whose rates do not depend on the number of steps, apart from a warm-up by its share."""


def optimiser_is_served(config: "Config") -> Iterator[Problem]:
    """--optim is one that burnish has, and its package is there."""
    name = config[OptimGroup].optim
    if name in OTHERS:
        yield Problem("optim", name, "is not served by burnish", f"use --optim {OTHERS[name]}")
    elif name in OF_BITSANDBYTES and not is_installed("bitsandbytes"):
        fix = "pip install 'burnish[quant]'"
        yield Problem("optim", name, "needs the package bitsandbytes, which is not installed", fix)


def course_is_fixed(config: "Config") -> Iterator[Problem]:
    """A learning rate that follows a metric is no function of the step."""
    name = config[OptimGroup].lr_scheduler_type
    if name in BY_METRIC:
        wrong = "changes the rate by a metric while it trains, which is not served"
        yield Problem("lr_scheduler_type", name, wrong, "use cosine or linear")


@group(check=(optimiser_is_served, course_is_fixed))
class OptimGroup:
    """Optimiser and schedule."""

    optim: str = flag(
        "adamw_torch",
        "Optimiser, by transformers' names; muon is one more.",
        choices=OPTIMIZERS,
        refused=tuple(OTHERS),
    )
    adam_beta1: float = flag(0.9, "Decay of Adam's first moment.", ge=0, le=0.999999)
    adam_beta2: float = flag(0.95, "Decay of Adam's second moment.", ge=0, le=0.999999)
    adam_epsilon: float = flag(1e-8, "Added to Adam's divisor.", ge=0)
    learning_rate: float = flag(AUTO, "Peak learning rate.", gt=0, hot=True)
    weight_decay: float = flag(0.1, "Decoupled decay of weights; biases and norms have none.", ge=0)
    max_grad_norm: float = flag(
        1.0, "Longest gradient; longer ones are scaled down. 0: never.", ge=0
    )
    lr_scheduler_type: str = flag(
        "cosine", "Course of the learning rate.", choices=SCHEDULES, refused=BY_METRIC
    )
    warmup_ratio: float = flag(
        0.05,
        "Share of the steps over which the rate rises from 0.",
        ge=0,
        le=1,
        applies=("warmup_steps", {0}),
    )
    warmup_steps: int = flag(
        0, "Steps over which the rate rises from 0; above 0 it replaces --warmup_ratio.", ge=0
    )
