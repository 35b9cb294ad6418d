"""BOFT: butterfly orthogonal fine-tuning (arXiv:2311.06243)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from burnish.config.flag import flag, group
from burnish.config.groups.tuner import TunerGroup
from burnish.core.errors import Problem, UsageError
from burnish.tuners import peft, targets
from burnish.tuners.base import Tuner

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config


def size_or_number(config: "Config") -> Iterator[Problem]:
    """Size and number of blocks follow from each other: one of them is given."""
    options = config[BoftGroup]
    size, number = options.boft_block_size, options.boft_block_num
    if TunerGroup not in config or config[TunerGroup].sft_type != "boft":
        return
    if size and number:
        fix = "add --boft_block_size 0, or drop --boft_block_num"
        yield Problem("boft_block_num", str(number), f"goes against --boft_block_size {size}", fix)
    if not size and not number:
        fix = "give --boft_block_num as well, or a size such as 4"
        yield Problem("boft_block_size", "0", "leaves both size and number of blocks open", fix)


@group(applies=("sft_type", {"boft"}), check=(size_or_number,))
class BoftGroup:
    """BOFT: butterfly orthogonal fine-tuning (arXiv:2311.06243)."""

    boft_block_size: int = flag(4, "Size of the blocks; 0 when --boft_block_num is given.", ge=0)
    boft_block_num: int = flag(0, "Number of blocks, in place of their size.", ge=0)
    boft_dropout: float = flag(0.0, "Share of blocks switched off in each step.", ge=0, lt=1)


def attach(model: "nn.Module", config: "Config", total_steps: int) -> "nn.Module":
    """The model with a rotation, block by block, before each chosen layer and a scale behind it."""
    options, where = config[BoftGroup], peft.chosen(model, config)
    names = where["target_modules"]
    targets.refuse_embeddings(model, names, "--sft_type boft")
    refuse_uneven(model, names, options)
    tuned = peft.attach(
        model,
        "BOFTConfig",
        boft_block_size=options.boft_block_size,
        boft_block_num=options.boft_block_num,
        boft_dropout=options.boft_dropout,
        boft_n_butterfly_factor=1,
        **where,
    )
    return peft.spare_from_decay(tuned, ".boft_s.")


def refuse_uneven(model: "nn.Module", names: list[str] | str, options: BoftGroup) -> None:
    """Stop blocks that do not fill a layer's input.

    Raises:
        UsageError: a chosen layer whose input the size or number does not divide.
    """
    flag = "boft_block_size" if options.boft_block_size else "boft_block_num"
    given = options.boft_block_size or options.boft_block_num
    for path, module in model.named_modules():
        if not targets.is_linear(module) or not targets.is_named(path, names):
            continue
        width = targets.input_width(module)
        if width % given:
            fits = [n for n in range(1, min(width, 64) + 1) if width % n == 0]
            wrong = f"does not divide the {width} inputs of {path}"
            raise UsageError((Problem(flag, str(given), wrong, f"use one of {fits}"),))


TUNER = Tuner(
    attach=attach,
    save=peft.save,
    restore=peft.restore,
    load=peft.load,
    groups=(BoftGroup,),
    paper="arXiv:2311.06243",
    trains="a rotation of each layer's input and a scale on each output",
)
