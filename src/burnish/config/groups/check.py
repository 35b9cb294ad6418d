"""What `burnish check` shows and writes."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from burnish.config.flag import flag, group
from burnish.config.groups.data import DataGroup
from burnish.config.groups.model import ModelGroup
from burnish.core.errors import Problem

if TYPE_CHECKING:
    from burnish.config.config import Config


def something_to_look_at(config: "Config") -> Iterator[Problem]:
    """A tokenizer and data are needed."""
    model, data = config[ModelGroup], config[DataGroup]
    if not model.model_type and not model.model_id_or_path:
        fix = "give --model_type NAME or --model_id_or_path FOLDER; its tokenizer files are enough"
        yield Problem("model_type", "", "is missing: which model?", fix)
    if not data.dataset and not data.val_dataset:
        yield Problem("dataset", "", "is missing: check what?", "give --dataset FILE")


def a_copy_in_lines(config: "Config") -> Iterator[Problem]:
    """The cleaned copy is JSON lines."""
    path = config[CheckGroup].fix
    if path is not None and (path.suffix.lower() != ".jsonl" or path.name == "rejected.jsonl"):
        fix = "give a name that ends in .jsonl, other than rejected.jsonl"
        yield Problem("fix", str(path), "cannot be the name of the cleaned copy", fix)


@group(check=(something_to_look_at, a_copy_in_lines))
class CheckGroup:
    """Check: what is shown of the data, and what is written."""

    purpose: Literal["train", "pair", "label", "prompt"] = flag(
        "train",
        "What rows must have. train: an answer; pair: a better and a worse answer (dpo, orpo, "
        "simpo, cpo, rm); label: an answer and whether it is good (kto); prompt: a question "
        "(infer, ppo).",
        hot=True,
        origin="burnish",
    )
    samples: int = flag(
        3, "Samples to show token by token.", ge=0, le=1000, hot=True, origin="burnish"
    )
    rows: list[int] = flag(
        [], "Show these rows in place of --samples, such as 5,17.", hot=True, origin="burnish"
    )
    html: Path | None = flag(
        None, "Write the report as one HTML page, too.", hot=True, origin="burnish"
    )
    fix: Path | None = flag(
        None,
        "Write the usable rows to this .jsonl file, and the others to rejected.jsonl beside it.",
        hot=True,
        origin="burnish",
    )
    strict: bool = flag(
        False, "Fail when a row cannot be used or is left out.", hot=True, origin="burnish"
    )
    color: bool | None = flag(
        None, "Colours in the terminal; none: when the output is one.", origin="burnish"
    )
