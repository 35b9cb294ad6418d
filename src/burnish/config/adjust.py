"""Values that others force: each rule says which flag it sets, to what, and why.

What a person typed is named in a note when it loses.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from burnish.config.config import Config, show
from burnish.config.groups.data import DataGroup
from burnish.config.groups.generation import GenerationGroup
from burnish.config.groups.infer import InferGroup
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.config.groups.validation import ValidationGroup

Forced = tuple[str, Any, str]


def no_split_beside_validation_data(config: Config) -> Iterator[Forced]:
    """A data set of its own for validation takes the place of a split."""
    if DataGroup in config and config[DataGroup].val_dataset:
        yield "dataset_test_ratio", 0.0, "--val_dataset is given"


def no_evaluation_without_data(config: Config) -> Iterator[Forced]:
    """Nothing to validate on means no evaluation."""
    if ValidationGroup not in config:
        return
    if not config[DataGroup].val_dataset and config[DataGroup].dataset_test_ratio == 0:
        yield "evaluation_strategy", "no", "there is no validation data"


def a_stream_is_read_in_its_order(config: Config) -> Iterator[Forced]:
    """What needs all rows beforehand cannot be had of a stream."""
    if DataGroup not in config or not config[DataGroup].streaming:
        return
    why = "--streaming reads the data while training"
    for name in ("packing", "test_oom_error", "lazy_tokenize"):
        yield name, False, why
    if not config[DataGroup].val_dataset:
        yield "dataset_test_ratio", 0.0, why


def greedy_at_temperature_zero(config: Config) -> Iterator[Forced]:
    """Temperature 0 is another word for taking the likeliest token."""
    if GenerationGroup in config and config[GenerationGroup].temperature == 0:
        yield "do_sample", False, "--temperature is 0"


def no_stream_of_beams(config: Config) -> Iterator[Forced]:
    """Beams are compared at their end, so nothing can be printed before."""
    if InferGroup in config and config[GenerationGroup].num_beams != 1:
        yield "stream", False, "--num_beams is not 1"


def no_checkpoint_to_read(config: Config) -> Iterator[Forced]:
    """Without a checkpoint nothing is read from one, and the model is the base itself."""
    if InferGroup in config and config[InferGroup].ckpt_dir is None:
        yield "load_args_from_ckpt_dir", False, "there is no --ckpt_dir"
        if TunerGroup in config:
            yield "sft_type", "full", "there is no --ckpt_dir"


def no_loss_weights_with_liger(config: Config) -> Iterator[Forced]:
    """Liger's fused loss takes no weight per token."""
    if LoopGroup in config and DataGroup in config and config[LoopGroup].use_liger:
        yield "use_loss_scale", False, "--use_liger fuses the loss, which has no weights then"


ADJUSTMENTS: tuple[Callable[[Config], Iterator[Forced]], ...] = (
    no_split_beside_validation_data,
    a_stream_is_read_in_its_order,
    no_evaluation_without_data,
    greedy_at_temperature_zero,
    no_stream_of_beams,
    no_checkpoint_to_read,
    no_loss_weights_with_liger,
)


def adjust(
    config: Config, rules: Sequence[Callable[[Config], Iterator[Forced]]] = ADJUSTMENTS
) -> Config:
    """`config` with every forced value in place, noting each typed value that lost."""
    for rule in rules:
        for name, value, why in rule(config):
            if name not in config.flags or config.value(name) == value:
                continue
            if config.sources[name] in ("command line", "file", "python"):
                was = show(config.value(name))
                config = config.noting(f"--{name} {was} becomes {show(value)}: {why}")
            config = config.replace("rule", why, **{name: value})
    return config
