"""Optimiser and schedule."""

from burnish.config.flag import AUTO, flag, group

OPTIMIZERS = (
    "adamw_torch", "adamw_torch_fused", "sgd", "adamw_hf", "adamw_apex_fused",
    "adamw_anyprecision", "adamw_torch_4bit", "adamw_torch_8bit", "adamw_torch_xla",
    "adamw_torch_npu_fused", "adamw_8bit", "adamw_bnb_8bit", "ademamix", "ademamix_8bit",
    "adafactor", "adagrad", "rmsprop", "rmsprop_bnb", "rmsprop_bnb_8bit", "rmsprop_bnb_32bit",
    "lion_32bit", "lion_8bit", "paged_adamw_32bit", "paged_adamw_8bit", "paged_ademamix_32bit",
    "paged_ademamix_8bit", "paged_lion_32bit", "paged_lion_8bit", "lomo", "adalomo",
    "grokadamw", "apollo_adamw", "apollo_adamw_layerwise", "galore_adamw", "galore_adamw_8bit",
    "galore_adafactor", "galore_adamw_layerwise", "galore_adamw_8bit_layerwise",
    "galore_adafactor_layerwise", "schedule_free_radam", "schedule_free_adamw",
    "schedule_free_sgd", "stable_adamw",
)  # fmt: skip
SCHEDULES = (
    "linear", "cosine", "cosine_with_restarts", "polynomial", "constant",
    "constant_with_warmup", "inverse_sqrt", "cosine_with_min_lr", "warmup_stable_decay",
    "reduce_lr_on_plateau", "cosine_warmup_with_min_lr", "greedy",
)  # fmt: skip

OF_ANY_LENGTH = ("constant", "constant_with_warmup", "inverse_sqrt")
"""Those whose rates do not depend on the number of steps, apart from a warm-up by its share."""


@group()
class OptimGroup:
    """Optimiser and schedule."""

    optim: str = flag(
        "adamw_torch",
        "Optimiser.",
        choices=OPTIMIZERS,
        built=("adamw_torch", "adamw_torch_fused", "sgd"),
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
        "cosine",
        "Course of the learning rate.",
        choices=SCHEDULES,
        later=("reduce_lr_on_plateau", "cosine_warmup_with_min_lr", "greedy"),
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
