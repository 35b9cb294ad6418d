"""Where runs are written, what is saved and when, and how a run is continued."""

from pathlib import Path
from typing import Literal

from burnish.config.flag import AUTO, flag, group
from burnish.config.groups.several import what_can_be_gone_on_with


@group(check=(what_can_be_gone_on_with,))
class CheckpointGroup:
    """Checkpoints: where a run is written, what is saved and when."""

    output_dir: Path = flag(Path("output"), "Folder for runs.", hot=True)
    add_output_dir_suffix: bool = flag(
        True,
        "Make a folder <model>/v<N>-<time> for every run; false: write into --output_dir.",
    )
    resume_from_checkpoint: Path | None = flag(None, "Checkpoint to continue from.", hot=True)
    resume_only_model: bool = flag(
        False, "Take only the weights of the checkpoint: steps, optimiser and schedule start anew."
    )
    checkpoint_dir: list[str] | None = flag(
        None,
        "Folders of earlier adapters on this model, in their order (a,b); a new run goes on there.",
        origin="burnish",
    )
    resume_lora_training: bool = flag(
        True,
        "Merge all but the last of them and train that one further; false: merge all, and train a "
        "new adapter upon them.",
        applies=("checkpoint_dir", ()),
        origin="burnish",
    )
    save_steps: int = flag(
        AUTO, "Steps between two checkpoints.", ge=1, applies=("save_strategy", {"steps"})
    )
    save_only_model: bool = flag(
        False,
        "Save weights without the state that resuming needs.",
        aliases=("only_save_model",),
        hot=True,
    )
    save_total_limit: int = flag(
        2, "Checkpoints to keep, the best always among them; -1: all.", ge=-1
    )
    save_strategy: Literal["steps", "epoch", "no"] = flag(
        "steps", "When to save.", spelled={False: "no"}
    )
    save_safetensors: bool = flag(
        True, "Write weights as safetensors.", aliases=("safe_serialization",), later=True
    )
    save_on_each_node: bool = flag(
        False, "Save on every machine in place of the first alone.", later=True
    )
