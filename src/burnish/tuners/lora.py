"""LoRA: low-rank adaptation (arXiv:2106.09685), with DoRA, rank-stabilised scaling and LoRA+."""

from typing import TYPE_CHECKING, Literal

from burnish.config.flag import flag, group
from burnish.config.groups.model import ModelGroup
from burnish.core.errors import CheckpointError, Problem, UsageError
from burnish.core.lazy import torch
from burnish.core.log import log
from burnish.tuners import peft, pissa, targets
from burnish.tuners.base import Tuner

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from burnish.config.config import Config

LORA = ("sft_type", {"lora"})
SCALED = ("sft_type", {"lora", "longlora", "adalora"})


@group(applies=("sft_type", {"lora", "longlora"}))
class LoraGroup:
    """LoRA: low-rank adaptation (arXiv:2106.09685)."""

    lora_rank: int = flag(8, "Rank of the update.", ge=1, hot=True)
    lora_alpha: int = flag(
        32,
        "Scale of the update; it is multiplied by alpha / rank.",
        ge=1,
        hot=True,
        applies=SCALED,
    )
    lora_dropout: float = flag(
        0.05,
        "Dropout on the adapter's input.",
        ge=0,
        lt=1,
        aliases=("lora_dropout_p",),
        applies=SCALED,
    )
    init_lora_weights: str = flag(
        "true",
        "How A and B start: true (no change at the start), false (both random), gaussian, pissa "
        "(the base's largest directions), pissa_niter_N (the same, found in N rounds).",
        pattern=r"true|false|gaussian|pissa(_niter_\d+)?",
        spelled={"guassian": "gaussian", True: "true", False: "false"},
        applies=LORA,
    )
    lora_bias_trainable: Literal["none", "all"] = flag(
        "none", "Train the model's biases as well.", applies=LORA
    )
    lora_dtype: Literal["fp16", "bf16", "fp32", "AUTO"] = flag(
        "AUTO",
        "Number format of the adapter; AUTO: fp32, rounded as the base is where it is multiplied.",
        applies=LORA,
    )
    use_dora: bool = flag(
        False, "DoRA: learn length and direction of the weights apart.", applies=LORA
    )
    use_rslora: bool = flag(False, "Scale by alpha / sqrt(rank).", applies=LORA)
    lora_lr_ratio: float | None = flag(
        None, "LoRA+: learning rate of B over that of A; 10 to 16 is usual.", gt=0, applies=LORA
    )


def attach(model: "nn.Module", config: "Config", total_steps: int) -> "nn.Module":
    """The model with a fresh LoRA adapter on the chosen modules.

    Adapter weights are float32 where --lora_dtype is AUTO; `nn.layers.lora` multiplies them in the
    base's dtype.
    """
    options, where = config[LoraGroup], peft.chosen(model, config)
    start = options.init_lora_weights
    if start.startswith("pissa"):
        targets.refuse_embeddings(model, where["target_modules"], f"--init_lora_weights {start}")
    tuned = peft.attach(
        model,
        "LoraConfig",
        r=options.lora_rank,
        lora_alpha=options.lora_alpha,
        lora_dropout=options.lora_dropout,
        bias=options.lora_bias_trainable,
        ensure_weight_tying=bool(where["modules_to_save"]),
        init_lora_weights={"true": True, "false": False}.get(start, start),
        use_dora=options.use_dora,
        use_rslora=options.use_rslora,
        **where,
    )
    if options.lora_bias_trainable == "all" and not any(".bias" in n for n, _ in trained(tuned)):
        log.warning("--lora_bias_trainable all has no effect: this model has no biases")
    if start.startswith("pissa"):
        pissa.remember(tuned)
    if options.lora_dtype == "bf16":
        refuse_loss_scale(config)
        cast_adapter(tuned, torch.bfloat16)
    return tuned


def refuse_loss_scale(config: "Config") -> None:
    """Raises: UsageError where an adapter in bfloat16 would be trained with a loss scale."""
    if config[ModelGroup].dtype == "fp16":
        wrong = "cannot be trained beside --dtype fp16: its gradients would keep the loss scale"
        fix = "leave --lora_dtype out, or say --dtype bf16"
        raise UsageError((Problem("lora_dtype", "bf16", wrong, fix),))


def trained(model: "nn.Module") -> "list[tuple[str, nn.Parameter]]":
    """The weights that training changes, by name."""
    return [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]


def cast_adapter(model: "nn.Module", dtype: "torch.dtype") -> None:
    """Hold the adapter's own weights in `dtype`."""
    for name, parameter in model.named_parameters():
        if "lora_" in name and parameter.requires_grad:
            parameter.data = parameter.data.to(dtype)


def save(model: "nn.Module", folder: "Path") -> None:
    """The adapter, as an ordinary LoRA on the base as it was."""
    (pissa.save if pissa.is_shifted(model) else peft.save)(model, folder)


def restore(model: "nn.Module", folder: "Path") -> None:
    """Put saved weights back, bit for bit; raises CheckpointError where they do not fit."""
    (pissa.restore if pissa.is_shifted(model) else peft.restore)(model, folder)


def load(model: "nn.Module", folder: "Path") -> "nn.Module":
    """The base model with the adapter of `folder`, which computes as it did in training.

    Raises: CheckpointError where it does not fit.
    """
    from burnish.nn.layers.lora import install

    tuned = peft.load(model, folder)
    install(tuned)
    return tuned


def merged(model: "nn.Module", folder: "Path") -> "nn.Module":
    """The plain model with the adapter of `folder` in its weights.

    Raises:
        CheckpointError: it does not fit the model, or the weights are quantised.
    """
    from burnish.nn.quantize import is_quantised, quantised_as
    from burnish.tuners.merging import merge_adapter

    if is_quantised(model) or quantised_as(model.config):
        raise CheckpointError(
            f"{folder} would become part of weights that are quantised, which changes more than "
            "that. Use the full-precision model; burnish merge-lora makes one of both, which can "
            "be quantised"
        )
    return merge_adapter(peft.load(model, folder))  # type: ignore[no-any-return]


TUNER = Tuner(
    attach=attach,
    save=save,
    restore=restore,
    load=load,
    merged=merged,
    groups=(LoraGroup,),
    paper="arXiv:2106.09685",
    trains="two thin matrices beside each chosen layer",
)
