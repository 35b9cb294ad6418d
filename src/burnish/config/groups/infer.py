"""Talking to a model, tuned or not."""

from pathlib import Path
from typing import Literal

from burnish.config.flag import AUTO, flag, group


@group()
class InferGroup:
    """Inference: talking to a model, tuned or not."""

    infer_backend: Literal["vllm", "pt", "lmdeploy"] = flag(
        AUTO, "Engine that generates.", hot=True, built=("pt",)
    )
    ckpt_dir: Path | None = flag(
        None, "Checkpoint that training wrote; it says which model it belongs to.", hot=True
    )
    load_args_from_ckpt_dir: bool = flag(
        True, "Take the model, template and number format from the checkpoint."
    )
    load_dataset_config: bool = flag(
        False, "Take the data settings from the checkpoint as well.", hot=True
    )
    eval_human: bool = flag(AUTO, "Chat in the terminal, in place of answering data sets.")
    show_dataset_sample: int = flag(
        -1, "Rows of the validation data to answer; -1: all.", ge=-1, hot=True
    )
    stream: bool = flag(True, "Print tokens as they come.")
    merge_lora: bool = flag(
        False,
        "Merge the adapter into the weights first, into <ckpt_dir>-merged.",
        aliases=("merge_lora_and_save",),
        hot=True,
    )
    merge_device_map: str | None = flag(
        AUTO, "Where the model lies while merging: cpu, auto, ...", built=("cpu", "auto")
    )
    overwrite_generation_config: bool = flag(
        False, "Write the sampling settings in use to the checkpoint."
    )
    verbose: bool | None = flag(
        None,
        "Print questions and answers while answering data sets; none: with fewer than 100 rows.",
        hot=True,
    )
    lora_modules: list[str] = flag(
        [], "More adapters, as name=path.", aliases=("vllm_lora_modules",), later=True
    )
