"""What part of the model is trained."""

from typing import Literal

from burnish.config.flag import flag, group

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


@group()
class TunerGroup:
    """Tuner: what part of the model is trained."""

    sft_type: SFT_TYPES = flag(
        "lora",
        "Tuning method; every one but full trains an adapter.",
        registry="tuner",
        hot=True,
        built=(
            "lora",
            "full",
            "adapter",
            "llamapro",
            "reft",
            "adalora",
            "boft",
            "fourierft",
            "ia3",
            "vera",
        ),
    )
    tuner_backend: Literal["swift", "peft", "unsloth"] = flag(
        "peft",
        "Layout of the adapter's files.",
        applies=("sft_type", {"lora", "full"}),
        built=("peft", "swift"),
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
