"""LLaMA Pro: new layers between the old ones, which stay as they are (arXiv:2401.02415)."""

from typing import TYPE_CHECKING

from burnish.config.flag import AUTO, flag, group

if TYPE_CHECKING:
    from burnish.config.config import Config
    from burnish.core.facts import Facts


def llamapro_num_groups(config: "Config", facts: "Facts") -> int:
    """that of --llamapro_num_new_blocks"""
    return config[LlamaproGroup].llamapro_num_new_blocks


@group(applies=("sft_type", {"llamapro"}), derive=(llamapro_num_groups,))
class LlamaproGroup:
    """LLaMA Pro: new layers between the old ones, which stay as they are (arXiv:2401.02415)."""

    llamapro_num_new_blocks: int = flag(4, "Layers to insert.", ge=1, later=True)
    llamapro_num_groups: int = flag(AUTO, "Places at which they are inserted.", ge=1, later=True)
