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
)


def deviation(command: str, flag: str) -> Deviation | None:
    """The departure that holds for a flag of a command, if any."""
    for entry in DEVIATIONS:
        if entry.flag == flag and entry.command in ("*", command):
            return entry
    return None
