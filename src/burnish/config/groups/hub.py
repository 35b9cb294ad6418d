"""Publishing what was trained."""

from typing import Literal

from burnish.config.flag import flag, group

PUSHING = ("push_to_hub", {True})


@group()
class HubGroup:
    """Hub: publish what was trained."""

    push_to_hub: bool = flag(False, "Upload to the hub.", later=True)
    hub_model_id: str | None = flag(
        None, "Repository to upload to; none: <model_type>-<sft_type>.", applies=PUSHING, later=True
    )
    hub_token: str | None = flag(
        None, "Access token for data sets of a hub; never written to a file.", secret=True
    )
    hub_private_repo: bool = flag(
        False, "Create the repository as private.", applies=PUSHING, later=True
    )
    hub_strategy: Literal["end", "every_save", "checkpoint", "all_checkpoints"] = flag(
        "every_save",
        "What is uploaded, and when.",
        applies=PUSHING,
        aliases=("push_hub_strategy",),
        later=True,
    )
