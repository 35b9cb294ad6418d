"""What to train on, and how rows are read."""

from typing import Literal

from burnish.config.flag import AUTO, flag, group


@group()
class DataGroup:
    """Data: what to train on, and how rows are read."""

    dataset: list[str] = flag(
        [], "Files, folders or data sets to use: [HF::|MS::]name|id|path[:subset][#rows].", hot=True
    )
    val_dataset: list[str] = flag([], "Separate data to validate on, written like --dataset.")
    dataset_seed: int = flag(AUTO, "Seed of sampling and splitting.", ge=-(2**32), le=2**32)
    dataset_test_ratio: float = flag(
        0.01, "Share of each data set kept aside for validation.", ge=0, le=1
    )
    model_name: list[str] = flag(
        [],
        "The model's name, in Chinese and English, for self-cognition rows.",
        hot=True,
    )
    model_author: list[str] = flag(
        [],
        "The model's author, in Chinese and English, for self-cognition rows.",
        hot=True,
    )
    check_dataset_strategy: Literal["none", "discard", "error", "warning"] = flag(
        "none", "Check the types of every row's fields: not at all, drop, stop, or drop and say so."
    )
    packing: bool = flag(
        False, "Fill rows of --max_length with several whole samples that do not see each other."
    )
    batching_strategy: Literal["packing", "padding"] | None = flag(
        None,
        "The Llama recipes' batches: blocks of --context_length cut from all samples in a row, or "
        "samples of like length, in place of burnish's own.",
        origin="burnish",
    )
    context_length: int = flag(
        4096,
        "Tokens of a block.",
        ge=1,
        applies=("batching_strategy", {"packing"}),
        origin="burnish",
    )
    streaming: bool = flag(False, "Read the data while training, sets in turn; needs --max_steps.")
    lazy_tokenize: bool = flag(AUTO, "Tokenise while training in place of before it.", hot=True)
    preprocess_num_proc: int = flag(1, "Processes that read and tokenise the data.", ge=1, hot=True)
    dataloader_num_workers: int | None = flag(
        None,
        "Processes that feed batches; tokens are ready before training, so none is needed.",
        ge=0,
        built=(None, 0, 1),
    )
    test_oom_error: bool = flag(
        False,
        "Train on the longest rows first, so that too little memory shows at once.",
    )
    use_loss_scale: bool = flag(
        False, "Weigh pieces of an answer by the rules of --loss_scale_config_path."
    )
    loss_scale_config_path: str = flag(
        "DEFAULT",
        "Rules of loss weights: DEFAULT, alpha-umi, agent-flan or a JSON file.",
        applies=("use_loss_scale", {True}),
    )
    max_bad_rows: int | None = flag(
        None,
        "Stop when more rows than this cannot be used; none: never while a usable row is left.",
        ge=0,
        origin="burnish",
    )
