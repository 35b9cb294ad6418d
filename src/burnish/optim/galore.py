"""GaLore: optimise gradients projected to a low rank (arXiv:2403.03507), and Q-GaLore
(arXiv:2407.08296).
"""

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from burnish.config.flag import flag, group
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.optim import OptimGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.core.errors import Problem, UsageError
from burnish.core.log import log
from burnish.core.require import is_installed

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer

    from burnish.config.config import Config

QUANTISED = ("galore_quantization", {True})
PROJECTED = ("galore_proj_quant", {True})
IN_8_BITS = ("adamw_8bit", "adamw_bnb_8bit", "paged_adamw_8bit")
UPON = ("adamw_torch", "adamw_torch_fused", "adamw_hf", "adafactor", *IN_8_BITS)
"""Optimisers that can work on projected gradients."""


def is_on(config: "Config") -> bool:
    """Whether these flags ask for GaLore."""
    return GaloreGroup in config and config[GaloreGroup].use_galore


def galore_fits(config: "Config") -> Iterator[Problem]:
    """GaLore changes whole weights, by an optimiser that it knows."""
    if not is_on(config):
        return
    kind, name = config[TunerGroup].sft_type, config[OptimGroup].optim
    if kind != "full":
        fix = "use --sft_type full, or drop --use_galore"
        yield Problem("use_galore", "true", f"cannot be combined with --sft_type {kind}", fix)
    if name not in UPON:
        wrong = "cannot be combined with --use_galore"
        yield Problem("optim", name, wrong, f"use one of {', '.join(UPON)}")
    if config[GaloreGroup].galore_quantization and name == "adafactor":
        wrong = "cannot be combined with --galore_quantization"
        yield Problem("optim", name, wrong, "use --optim adamw_torch")
    if config[GaloreGroup].galore_quantization and not is_installed("bitsandbytes"):
        wrong = "needs the package bitsandbytes, which is not installed"
        yield Problem("galore_quantization", "true", wrong, "pip install 'burnish[quant]'")


@group(applies=("use_galore", {True}), check=(galore_fits,))
class GaloreGroup:
    """GaLore: optimise gradients projected to a low rank (arXiv:2403.03507)."""

    use_galore: bool = flag(False, "Use GaLore.", applies=("use_galore", {True, False}))
    galore_target_modules: list[str] | None = flag(
        None, "Parts of the names of layers to project; none: every linear one but the head."
    )
    galore_rank: int = flag(128, "Rank of the projection.", ge=1)
    galore_update_proj_gap: int = flag(50, "Steps between two projections.", ge=1)
    galore_scale: float = flag(1.0, "Factor on the update.", gt=0)
    galore_proj_type: Literal["std", "reverse_std", "right", "left", "full"] = flag(
        "std", "Side from which gradients are projected; std: the longer one."
    )
    galore_optim_per_parameter: bool = flag(
        False, "One optimiser for each parameter; ignored with --galore_quantization."
    )
    galore_with_embedding: bool = flag(False, "Project the embeddings as well.")
    galore_quantization: bool = flag(False, "Q-GaLore: 8-bit weights and optimiser state.")
    galore_proj_quant: bool = flag(False, "Quantise the projection.", applies=QUANTISED)
    galore_proj_bits: int = flag(
        4, "Bits of the quantised projection.", ge=1, le=8, applies=PROJECTED
    )
    galore_proj_group_size: int = flag(
        256, "Values that share a quantisation scale.", ge=1, applies=PROJECTED
    )
    galore_cos_threshold: float = flag(
        0.4,
        "Likeness of successive projections from which on they are renewed less often.",
        ge=-1,
        le=1,
        applies=QUANTISED,
    )
    galore_gamma_proj: int = flag(
        2, "Factor on the steps between two projections then.", ge=1, applies=QUANTISED
    )
    galore_queue_size: int = flag(
        5, "Projections whose likeness is averaged.", ge=1, applies=QUANTISED
    )


def targets(model: "nn.Module", options: GaloreGroup) -> set[int]:
    """Identities of the trained matrices whose gradients are projected: linear layers, and
    embeddings if asked for, whose name holds one of the given parts; without any, all but the head.

    Raises:
        UsageError: no layer's name holds one of the parts.
    """
    from torch import nn

    get: Any = model
    head = id(get.get_output_embeddings())
    parts = options.galore_target_modules
    found: dict[int, int] = {}
    unused = set(parts or ())
    for name, module in model.named_modules():
        is_embedding = isinstance(module, nn.Embedding)
        if not isinstance(module, nn.Linear) and not is_embedding:
            continue
        named = any(part in name for part in parts) if parts is not None else id(module) != head
        if is_embedding:
            named = options.galore_with_embedding or (named and parts is not None)
        unused -= {part for part in unused if part in name}
        if named and module.weight.requires_grad:
            found[id(module.weight)] = min(module.weight.shape)
    if unused or not found:
        given = " ".join(sorted(unused)) if unused else str(parts or "")
        wrong = "is in the name of no linear layer that is trained"
        fix = "give parts of names such as q_proj or mlp, or leave it out"
        raise UsageError((Problem("galore_target_modules", given, wrong, fix),))
    narrow = sum(width <= options.galore_rank for width in found.values())
    if narrow:
        log.warning(
            "--galore_rank %d is not below the narrower side of %d of %d matrices: their gradients "
            "are turned, not made smaller", options.galore_rank, narrow, len(found)
        )  # fmt: skip
    return set(found)


def build(groups: list[dict[str, Any]], config: "Config") -> "Optimizer":
    """The optimiser over these groups; gradients of the groups "apart" are projected."""
    step = import_module("burnish.optim.galore_step")
    options, seed = config[GaloreGroup], config[LoopGroup].seed
    if options.galore_optim_per_parameter and not options.galore_quantization:
        return step.PerParameter(groups, config[OptimGroup], options, seed)  # type: ignore[no-any-return]
    return step.Galore(groups, config[OptimGroup], options, seed)  # type: ignore[no-any-return]
