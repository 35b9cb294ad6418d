"""Writing a model in another form."""

from pathlib import Path

from burnish.config.flag import flag, group

QUANTISING = ("quant_bits", {2, 3, 4, 8})


@group()
class ExportGroup:
    """Export: write a model in another form."""

    to_peft_format: bool = flag(False, "Convert an adapter to the layout of peft.", later=True)
    quant_bits: int = flag(
        0,
        "Bits per weight to quantise to; 0: not at all.",
        choices=(0, 2, 3, 4, 8),
        hot=True,
        later=True,
    )
    quant_n_samples: int = flag(256, "Rows to calibrate on.", ge=1, applies=QUANTISING, later=True)
    quant_seqlen: int = flag(
        2048, "Tokens per calibration block.", ge=1, applies=QUANTISING, later=True
    )
    quant_batch_size: int = flag(
        1, "Calibration blocks at once.", ge=1, applies=QUANTISING, later=True
    )
    quant_device_map: str | None = flag(
        None,
        "Where the model lies while it is quantised: cuda:0, auto, cpu, ...",
        applies=QUANTISING,
        later=True,
    )
    quant_output_dir: Path | None = flag(
        None,
        "Folder to write; none: a name made of the model, the method and the bits.",
        applies=QUANTISING,
        later=True,
    )
    commit_message: str = flag(
        "update files", "Message of the upload.", applies=("push_to_hub", {True}), later=True
    )
    to_ollama: bool = flag(False, "Write a Modelfile for Ollama.", later=True)
    ollama_output_dir: Path | None = flag(
        None,
        "Folder of the Modelfile; none: <model_type>-ollama.",
        applies=("to_ollama", {True}),
        later=True,
    )
