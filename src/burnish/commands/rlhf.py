"""burnish rlhf: align a model with preferences."""

from burnish.commands.base import not_available
from burnish.commands.sft import COMMAND as SFT
from burnish.config.groups.rlhf import RlhfGroup
from burnish.objectives.cpo import CpoGroup
from burnish.objectives.dpo import DpoGroup
from burnish.objectives.kto import KtoGroup
from burnish.objectives.ppo import PpoGroup
from burnish.objectives.simpo import SimpoGroup

COMMAND = SFT.variant(
    "rlhf",
    "align a model with preferences",
    groups=(RlhfGroup, *SFT.groups, DpoGroup, CpoGroup, SimpoGroup, KtoGroup, PpoGroup),
    run=not_available("rlhf"),
    example="burnish rlhf --rlhf_type dpo --model_type demo --dataset pairs.jsonl",
    is_later=True,
)
