"""Measuring a model on benchmarks."""

from pathlib import Path

from burnish.config.flag import flag, group


@group()
class EvaluateGroup:
    """Evaluation: measure a model on benchmarks."""

    eval_dataset: list[str] = flag(
        [], "Benchmarks to run; empty: all of them, no: none.", hot=True, later=True
    )
    eval_few_shot: int | None = flag(
        None,
        "Examples before each question; accepted, but without effect.",
        replaced_by="eval_dataset",
        ge=0,
        later=True,
    )
    eval_limit: int | str | None = flag(
        None,
        "Questions per benchmark, or a slice such as [10:20]; none: all.",
        pattern=r"\d+|\[\d*:\d*(:\d*)?\]",
        later=True,
    )
    name: str = flag("", "Name of the results' folder.", later=True)
    eval_url: str | None = flag(
        None,
        "Address of a running server to measure, such as http://127.0.0.1:8000/v1.",
        later=True,
    )
    eval_token: str = flag(
        "EMPTY", "Access token of that server.", applies=("eval_url", ()), secret=True, later=True
    )
    eval_is_chat_model: bool | None = flag(
        None,
        "Whether that server holds a chat model; none: ask it.",
        applies=("eval_url", ()),
        later=True,
    )
    custom_eval_config: Path | None = flag(
        None, "JSON list of benchmarks of yours; replaces --eval_dataset.", later=True
    )
    eval_use_cache: bool = flag(
        False, "Use earlier answers and only write the report again.", later=True
    )
    eval_output_dir: Path = flag(Path("eval_outputs"), "Folder for results.", later=True)
    eval_nproc: int = flag(16, "Requests at once, for multimodal benchmarks.", ge=1, later=True)
    deploy_timeout: int = flag(1800, "Seconds to wait until the model serves.", ge=1, later=True)
