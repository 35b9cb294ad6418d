"""burnish infer: chat with a model, tuned or not, or let it answer a data set."""

from typing import TYPE_CHECKING

from burnish.commands.base import Command
from burnish.config.config import only, without
from burnish.config.groups.checkpoint import CheckpointGroup
from burnish.config.groups.data import DataGroup
from burnish.config.groups.deprecated import DeprecatedGroup
from burnish.config.groups.extend import ExtendGroup
from burnish.config.groups.generation import GenerationGroup
from burnish.config.groups.infer import InferGroup
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.model import ModelGroup
from burnish.config.groups.quant import QuantGroup
from burnish.config.groups.template import TemplateGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.infer.lmdeploy import LmdeployGroup
from burnish.infer.vllm import VllmGroup

if TYPE_CHECKING:
    from burnish.config.config import Config


def run(config: "Config") -> object:
    """Chat, or answer a data set; returns the file with the answers."""
    from burnish.export.merge import merge_before
    from burnish.infer.batch import answer_samples, validation_samples
    from burnish.infer.chat import chat
    from burnish.infer.session import open_session

    rows = None if config[InferGroup].eval_human else validation_samples(config)
    if config[InferGroup].merge_lora:
        config = merge_before(config)
    session = open_session(config)
    return chat(session) if rows is None else answer_samples(session, *rows)


COMMAND = Command(
    name="infer",
    summary="chat with a model, or let it answer a data set",
    groups=(
        InferGroup,
        without(ModelGroup, "local_repo_path", "check_model_is_latest", "from_scratch"),
        without(TemplateGroup, "rescale_image"),
        only(
            DataGroup,
            "dataset",
            "val_dataset",
            "dataset_seed",
            "dataset_test_ratio",
            "model_name",
            "model_author",
            "check_dataset_strategy",
            "max_bad_rows",
        ),
        GenerationGroup,
        only(LoopGroup, "seed"),
        only(TunerGroup, "sft_type"),
        only(CheckpointGroup, "save_safetensors", "checkpoint_dir"),
        ExtendGroup,
        QuantGroup,
        VllmGroup,
        LmdeployGroup,
        only(
            DeprecatedGroup,
            "train_dataset_sample",
            "val_dataset_sample",
            "custom_train_dataset_path",
            "custom_val_dataset_path",
            "self_cognition_sample",
        ),
    ),
    run=run,
    defaults={"max_length": None},
    helps={
        "checkpoint_dir": "Folders of adapters that follow upon each other (a,b): --ckpt_dir b "
        "upon a. A checkpoint that was trained upon others needs no more than --ckpt_dir."
    },
    hot=("val_dataset", "max_new_tokens", "do_sample"),
    example="burnish infer --ckpt_dir output/demo/v0-20261122-090000/checkpoint-100",
)
