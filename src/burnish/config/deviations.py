"""Where burnish departs from the documented defaults or behaviour on purpose, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deviation:
    """One flag of one command ("*": every one) that differs from what the older tools document."""

    command: str
    flag: str
    documented: str
    ours: str
    reason: str
    behaviour: bool = False
    """What the flag does differs, not its default; both are then told in words."""


DEVIATIONS = (
    Deviation(
        "*",
        "check_model_is_latest",
        "True",
        "false",
        "no run asks the network for anything that nobody asked it to",
    ),
    Deviation(
        "pt",
        "lazy_tokenize",
        "True",
        "false",
        "data is tokenised before training: faults show at once and the steps are known",
    ),
    Deviation(
        "deploy",
        "host",
        "0.0.0.0",
        "127.0.0.1",
        "a server is reachable from other machines only when that is asked for",
    ),
    Deviation(
        "*",
        "template_type",
        "AUTO",
        "AUTO",
        "AUTO takes the model's own chat template, and a registered one where it has none",
    ),
    Deviation(
        "*",
        "custom_register_path",
        "None",
        "none",
        "it is not taken from a checkpoint: a checkpoint must not name code to run",
    ),
    Deviation(
        "*",
        "quantization_bit",
        "bits that bnb has not warn and do nothing",
        "an error",
        "the weights would stay as they are, and memory run out where it was to be saved",
        behaviour=True,
    ),
    Deviation(
        "*",
        "quant_method",
        "eetq quantises, aqlm says what weights are",
        "errors that name what does the same",
        "eetq was built for Python 3.10 alone and downloads its kernels; nothing of today opens "
        "aqlm",
        behaviour=True,
    ),
    Deviation(
        "infer",
        "dtype",
        "AUTO: what the catalogue names, else bf16",
        "what the catalogue names, else config.json, with fp16 for float32",
        "answers are those of the model as it was published, in half the memory of float32",
        behaviour=True,
    ),
    Deviation(
        "*",
        "lora_dtype",
        "AUTO: that of the wrapped module",
        "float32, rounded to that of the base where it is multiplied",
        "small updates of half-precision weights are lost",
        behaviour=True,
    ),
    Deviation(
        "*",
        "tuner_backend",
        "swift may move frozen originals to the CPU",
        "they stay where they are; swift is a layout of files",
        "every step needs them",
        behaviour=True,
    ),
)


def deviation(command: str, flag: str) -> Deviation | None:
    """The departure that holds for a flag of a command, if any."""
    for entry in DEVIATIONS:
        if entry.flag == flag and entry.command in ("*", command):
            return entry
    return None
