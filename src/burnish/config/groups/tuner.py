"""What part of the model is trained."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from burnish.config.backend import goes_with_unsloth
from burnish.config.flag import flag, group
from burnish.core.errors import Problem

if TYPE_CHECKING:
    from burnish.config.config import Config

SFT_TYPES = Literal[
    "lora",
    "full",
    "longlora",
    "adalora",
    "ia3",
    "llamapro",
    "adapter",
    "vera",
    "boft",
    "fourierft",
    "reft",
]
WITH_TARGETS = ("sft_type", {"lora", "longlora", "vera", "boft", "ia3", "adalora", "fourierft"})


def only_lora_adapts_embeddings(config: "Config") -> Iterator[Problem]:
    """The other methods work on what a linear layer computes."""
    group, kinds = config[TunerGroup], {"vera", "boft", "ia3", "adalora", "fourierft"}
    if group.sft_type in kinds and not group.target_regex and "EMBEDDING" in group.target_modules:
        wrong = f"adapts embedding layers, which --sft_type {group.sft_type} cannot"
        fix = "leave it out, or use --sft_type lora; --modules_to_save EMBEDDING trains them whole"
        yield Problem("target_modules", "EMBEDDING", wrong, fix)


@group(check=(goes_with_unsloth, only_lora_adapts_embeddings))
class TunerGroup:
    """Tuner: what part of the model is trained."""

    sft_type: SFT_TYPES = flag(
        "lora",
        "Tuning method; every one but full trains an adapter.",
        registry="tuner",
        hot=True,
    )
    tuner_backend: Literal["swift", "peft", "unsloth"] = flag(
        "peft",
        "What holds the adapter: peft and swift lay out its files, unsloth brings kernels.",
        applies=("sft_type", {"lora", "full"}),
    )
    target_modules: list[str] = flag(
        ["DEFAULT"],
        "Modules to adapt: names, DEFAULT, ALL (all linears but the head), EMBEDDING.",
        applies=WITH_TARGETS,
        aliases=(
            "lora_target_modules",
            "boft_target_modules",
            "ia3_target_modules",
            "vera_target_modules",
        ),
        hot=True,
    )
    target_regex: str | None = flag(
        None,
        "Modules to adapt, as an expression for their whole path; replaces --target_modules.",
        applies=WITH_TARGETS,
        aliases=("lora_target_regex",),
    )
    modules_to_save: list[str] = flag(
        [],
        "Modules trained in full and saved with the adapter: names, EMBEDDING, LN.",
        applies=("sft_type", {"lora", "vera", "boft", "ia3", "adalora", "fourierft"}),
        aliases=(
            "lora_modules_to_save",
            "boft_modules_to_save",
            "ia3_modules_to_save",
            "vera_modules_to_save",
        ),
    )
