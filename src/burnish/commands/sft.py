"""burnish sft: teach a model from examples of question and answer."""

from typing import TYPE_CHECKING

from burnish.commands.base import Command
from burnish.config.groups.checkpoint import CheckpointGroup
from burnish.config.groups.data import DataGroup
from burnish.config.groups.deprecated import DeprecatedGroup
from burnish.config.groups.distributed import DistributedGroup
from burnish.config.groups.extend import ExtendGroup
from burnish.config.groups.generation import GenerationGroup
from burnish.config.groups.hub import HubGroup
from burnish.config.groups.log import LogGroup
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.model import ModelGroup
from burnish.config.groups.optim import OptimGroup
from burnish.config.groups.quant import QuantGroup
from burnish.config.groups.template import TemplateGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.config.groups.validation import ValidationGroup
from burnish.optim.galore import GaloreGroup
from burnish.train.hooks.lisa import LisaGroup
from burnish.train.hooks.neftune import NeftuneGroup
from burnish.tuners.adalora import AdaloraGroup
from burnish.tuners.adapter import AdapterGroup
from burnish.tuners.boft import BoftGroup
from burnish.tuners.fourierft import FourierftGroup
from burnish.tuners.freeze import FreezeGroup
from burnish.tuners.full import FullGroup
from burnish.tuners.ia3 import Ia3Group
from burnish.tuners.llamapro import LlamaproGroup
from burnish.tuners.lora import LoraGroup
from burnish.tuners.p_tuning import PTuningGroup
from burnish.tuners.reft import ReftGroup
from burnish.tuners.vera import VeraGroup

if TYPE_CHECKING:
    from burnish.config.config import Config


def run(config: "Config") -> object:
    """Train; returns train.run's Result."""
    from burnish.train.run import train

    return train(config)


COMMAND = Command(
    name="sft",
    summary="fine-tune a model on questions and answers",
    groups=(
        ModelGroup,
        DataGroup,
        TemplateGroup,
        TunerGroup,
        LoraGroup,
        FullGroup,
        LoopGroup,
        OptimGroup,
        ValidationGroup,
        CheckpointGroup,
        LogGroup,
        GenerationGroup,
        NeftuneGroup,
        DistributedGroup,
        ExtendGroup,
        QuantGroup,
        HubGroup,
        AdaloraGroup,
        AdapterGroup,
        BoftGroup,
        FourierftGroup,
        FreezeGroup,
        Ia3Group,
        LlamaproGroup,
        PTuningGroup,
        ReftGroup,
        VeraGroup,
        GaloreGroup,
        LisaGroup,
        DeprecatedGroup,
    ),
    run=run,
    example="burnish sft --model_type demo --dataset rows.jsonl --output_dir output",
    distributed=True,
)
