"""How a conversation becomes text, and how long it may be."""

from typing import Literal

from burnish.config.flag import flag, group


@group()
class TemplateGroup:
    """Template: how a conversation becomes text, and how long it may be."""

    template_type: str = flag(
        "AUTO", "Chat template by name; AUTO takes the model's own.", hot=True
    )
    system: str | None = flag(
        None,
        "System prompt of rows that bring none; none: the template's own, '': no system prompt.",
        hot=True,
    )
    tools_prompt: Literal["react_en", "react_zh", "toolbench"] = flag(
        "react_en",
        "How a row's tools are told in the system prompt; given: even where the template has a "
        "place for them.",
    )
    max_length: int | None = flag(
        2048,
        "Longest sequence in tokens; -1 for no limit.",
        ge=1,
        spelled={-1: None, "-1": None},
        hot=True,
    )
    truncation_strategy: Literal["delete", "truncation_left"] = flag(
        "delete",
        "Longer samples: reject them, or keep their last --max_length tokens.",
        spelled={"ignore": "delete"},
    )
    rescale_image: int = flag(
        -1, "Shrink larger images to this many pixels (width x height); -1: never.", later=True
    )
    allow_template_mismatch: bool = flag(
        False,
        "Go on although template or tokenizer differ from the model's own or the checkpoint's.",
        origin="burnish",
    )
