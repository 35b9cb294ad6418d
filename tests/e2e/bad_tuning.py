"""Ways to train that cannot be: tuners, optimisers, quantised bases and loading options."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.bad_place import Case, Place, Table, edit_json

WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "full in 4 bits": ("--sft_type full", {"sft_type": "full", "quantization_bit": 4}),
    "freeze in 8 bits": ("--sft_type freeze", {"sft_type": "freeze", "quantization_bit": 8}),
    "llamapro in 4 bits": (
        "--sft_type llamapro",
        {"sft_type": "llamapro", "quantization_bit": 4, "llamapro_num_new_blocks": 1},
    ),
    "boft in 4 bits": ("--sft_type boft", {"sft_type": "boft", "quantization_bit": 4}),
    "fourierft in 4": ("--sft_type fourierft", {"sft_type": "fourierft", "quantization_bit": 4}),
    "three bits of bnb": (
        "not a number of bits that bnb has",
        {"quant_method": "bnb", "quantization_bit": 3},
    ),
    "bnb without bits": ("add --quantization_bit 4 or 8", {"quant_method": "bnb"}),
    "a share without a GPU": ("there is no GPU", {"gpu_memory_fraction": 0.5}),
    "all dropped": ("must be less than 1", {"lora_dropout": 1}),
    "adapted and trained whole": (
        "a module is adapted or trained whole",
        {"target_modules": ["q_proj"], "modules_to_save": ["q_proj"]},
    ),
    "galore target misspelled": (
        "is in the name of no linear layer",
        {"sft_type": "full", "use_galore": "true", "galore_target_modules": ["q_porj"]},
    ),
    "galore backwards": (
        "must be more than 0",
        {"sft_type": "full", "use_galore": "true", "galore_scale": -1},
    ),
    "frozen name misspelled": (
        "is not how any weight's name begins",
        {"sft_type": "full", "freeze_parameters": ["modle."]},
    ),
    "map of another model": (
        "did you mean model",
        {"device_map_config": '{"modell": "cpu"}'},
    ),
    "an empty shell variable": ("names no folder", {"checkpoint_dir": ""}),
    "map by a word": ("no such file", {"device_map_config": "auto"}),
    "eetq": ("--quant_method bnb", {"quant_method": "eetq"}),
    "dora in 8 bits on a CPU": (
        "cannot read bitsandbytes' 8-bit weights",
        {"use_dora": "true", "quantization_bit": 8},
    ),
    "sixteen bits": ("must be one of: 0, 1, 2, 3, 4, 8", {"quantization_bit": 16}),
    "bits of fp8": ("is not 8", {"quant_method": "fp8", "quantization_bit": 4}),
    "hqq axis 2": ("must be one of: 0, 1", {"quant_method": "hqq", "hqq_axis": 2}),
    "hqq missing file": (
        "is not a file",
        {"quant_method": "hqq", "hqq_dynamic_config_path": "no.json"},
    ),
    "pissa on quantised": (
        "which are quantised here",
        {"init_lora_weights": "pissa", "quantization_bit": 4},
    ),
    "reft checkpointing": (
        "--sft_type reft",
        {"sft_type": "reft", "gradient_checkpointing": "true"},
    ),
    "reft unknown setting": ("no setting 'rate'", {"sft_type": "reft", "reft_args": '{"rate": 1}'}),
    "reft rank too wide": ("the width of the model, 32", {"sft_type": "reft", "reft_rank": 999}),
    "reft layer missing": ("0 to 1", {"sft_type": "reft", "reft_layers": [7]}),
    "longlora packed": ("--sft_type longlora", {"sft_type": "longlora", "packing": "true"}),
    "longlora length": ("that 4 divides", {"sft_type": "longlora", "max_length": 30}),
    "lisa with lora": ("--sft_type lora", {"lisa_activated_layers": 2}),
    "lisa too many": ("the 2 layers", {"sft_type": "full", "lisa_activated_layers": 99}),
    "lisa and galore": (
        "--use_galore",
        {"sft_type": "full", "lisa_activated_layers": 1, "use_galore": "true"},
    ),
    "galore with lora": ("--sft_type lora", {"use_galore": "true"}),
    "galore sgd": ("--use_galore", {"sft_type": "full", "use_galore": "true", "optim": "sgd"}),
    "boft both": (
        "--boft_block_size 4",
        {"sft_type": "boft", "boft_block_size": 4, "boft_block_num": 2},
    ),
    "boft none": ("leaves both", {"sft_type": "boft", "boft_block_size": 0}),
    "boft uneven": ("does not divide the 32", {"sft_type": "boft", "boft_block_size": 7}),
    "llamapro uneven": (
        "does not divide the 2 layers",
        {"sft_type": "llamapro", "llamapro_num_new_blocks": 5},
    ),
    "llamapro groups": (
        "--llamapro_num_new_blocks",
        {"sft_type": "llamapro", "llamapro_num_new_blocks": 2, "llamapro_num_groups": 3},
    ),
    "adalora ranks": (
        "--adalora_init_r 8",
        {"sft_type": "adalora", "adalora_target_r": 12, "adalora_init_r": 8},
    ),
    "adalora time": (
        "none of the run's 2 steps",
        {"sft_type": "adalora", "adalora_tinit": 1, "adalora_tfinal": 5},
    ),
    "adalora embeddings": (
        "--sft_type adalora cannot",
        {"sft_type": "adalora", "target_modules": "EMBEDDING"},
    ),
    "ia3 feedforward": (
        "not among the layers",
        {"sft_type": "ia3", "target_modules": "q_proj", "ia3_feedforward_modules": "down_proj"},
    ),
    "fourier entries": (
        "the 1024 entries",
        {"sft_type": "fourierft", "fourier_n_frequency": 1000000000},
    ),
    "vera embeddings": (
        "--sft_type vera cannot",
        {"sft_type": "vera", "target_modules": "EMBEDDING"},
    ),
    "half on cpu": ("on a CPU", {"dtype": "fp16"}),
    "unsloth": ("needs the package unsloth", {"tuner_backend": "unsloth"}),
    "unsloth longlora": (
        "unsloth  cannot be combined with --sft_type longlora",
        {"tuner_backend": "unsloth", "sft_type": "longlora"},
    ),
    "unsloth liger": (
        "unsloth: both replace the same layers",
        {"tuner_backend": "unsloth", "use_liger": "true"},
    ),
    "liger on cpu": ("needs a GPU", {"use_liger": "true"}),
    "liger and weights": ("needs a GPU", {"use_liger": "true", "use_loss_scale": "true"}),
    "optimiser of nobody": ("--optim adafactor", {"optim": "lomo"}),
    "optimiser misspelt": ("adamw_torch", {"optim": "adamw_torhc"}),
    "plateau": ("by a metric", {"lr_scheduler_type": "reduce_lr_on_plateau"}),
    "freeze nothing": ("leaves nothing", {"sft_type": "freeze", "num_layer_trainable": 0}),
    "freeze vit": ("no vision part", {"sft_type": "full", "freeze_vit": "true"}),
    "map and memory": ("this process sees 0", {"device_max_memory": ["1GB"]}),
    "map broken": ("cannot be read", {"device_map_config": '{"": '}),
    "rope with short": ("linear, dynamic", {"rope_scaling": "spiral"}),
    "target missing": ("did you mean q_proj", {"target_modules": "q_prj"}),
    "regex missing": ("matches no module", {"target_regex": "nothing.*"}),
    "save missing": ("did you mean lm_head", {"modules_to_save": "heads"}),
    "prefix zero": ("at least 1", {"sft_type": "p_tuning", "pre_seq_len": 0}),
}
"""Name: (what the message says, the flags)."""


def line(flags: dict[str, Any]) -> Callable[[Place], list[str]]:
    """What makes the command line of some flags."""
    return lambda at: at.sft(**flags)


UPON: dict[str, tuple[str, int, dict[str, Any]]] = {
    "several of full": ("which --sft_type full does not", 2, {"sft_type": "full", "both": True}),
    "lora goes on as full": ("merge it first", 1, {"sft_type": "full"}),
    "lora goes on as freeze": ("cannot go on with", 1, {"sft_type": "freeze"}),
    "several of p_tuning": ("takes one folder", 2, {"sft_type": "p_tuning", "both": True}),
    "lora goes on as ia3": ("goes on with LoRA", 2, {"sft_type": "ia3"}),
    "upon quantised": ("weights that are quantised", 2, {"both": True, "quantization_bit": 4}),
    "upon random": ("does not read", 2, {"from_scratch": "true"}),
    "goes on with another rank": ("--lora_rank 64", 2, {"lora_rank": 64}),
    "goes on with dora": ("which goes on as it is", 2, {"use_dora": "true"}),
    "goes on from pissa": ("has begun", 2, {"init_lora_weights": "pissa"}),
    "goes on elsewhere": ("is not where the adapter", 2, {"target_modules": "down_proj"}),
    "goes on and saves": ("is not where the adapter", 2, {"modules_to_save": "EMBEDDING"}),
    "folder missing": ("nowhere is not a folder", 2, {"checkpoint_dir": "nowhere"}),
}
"""Name: (what the message says, the exit code, the flags beside --checkpoint_dir of a LoRA)."""


def upon(flags: dict[str, Any]) -> Callable[[Place], list[str]]:
    """What makes the command line of a run upon an adapter, or twice that adapter."""

    def make(at: Place) -> list[str]:
        more, folder = dict(flags), at.checkpoint()
        folders = [folder, folder] if more.pop("both", False) else [folder]
        return at.sft(**{"checkpoint_dir": folders, **more})

    return make


CASES = Table({name: Case(line(flags), (says,), 2) for name, (says, flags) in WRONG.items()})
CASES |= {name: Case(upon(flags), (says,), code) for name, (says, code, flags) in UPON.items()}


@CASES.case("is not the model that")
def upon_another_base(at: Place) -> list[str]:
    other = at.model_with(lambda folder: edit_json(folder / "config.json", rope_theta=7.0))
    return at.sft(model_id_or_path=other, checkpoint_dir=at.checkpoint())


@CASES.case("holds a whole model", "--model_id_or_path")
def upon_a_whole_model(at: Place) -> list[str]:
    return at.sft(checkpoint_dir=at.checkpoint("full"))


@CASES.case("does not fit this model and its --dtype")
def upon_weights_of_another_format(at: Place) -> list[str]:
    return at.sft(checkpoint_dir=at.checkpoint("full"), sft_type="full", dtype="bf16")


@CASES.case("it is a run", "checkpoint-1")
def upon_a_run(at: Place) -> list[str]:
    return at.sft(checkpoint_dir=at.checkpoint().parent)


@CASES.case("is damaged", "adapter_model.safetensors")
def upon_a_damaged_adapter(at: Place) -> list[str]:
    folder = at.checkpoint()
    file = folder / "adapter_model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    return at.sft(checkpoint_dir=folder)


@CASES.case("of the kind IA3", "only LoRA")
def upon_another_kind(at: Place) -> list[str]:
    folder = alone(at)
    edit_json(folder / "adapter_config.json", peft_type="IA3")
    return at.sft(checkpoint_dir=[at.checkpoint(), folder])


@CASES.case("does not fit the base model")
def upon_an_adapter_of_other_shapes(at: Place) -> list[str]:
    folder = alone(at)
    edit_json(folder / "adapter_config.json", r=3)
    return at.sft(checkpoint_dir=folder, resume_lora_training="false")


@CASES.case("adapter_model.safetensors is missing")
def upon_an_adapter_without_weights(at: Place) -> list[str]:
    folder = alone(at)
    (folder / "adapter_model.safetensors").unlink()
    return at.sft(checkpoint_dir=folder)


@CASES.case("earlier/0/adapter_config.json is missing", "another model")
def upon_an_adapter_without_its_own(at: Place) -> list[str]:
    folder = alone(at)
    record = {"path": "a", "adapter_config.json": "", "adapter_model.safetensors": ""}
    edit_json(folder / "adapter_config.json", burnish_earlier=[record])
    return at.sft(checkpoint_dir=folder)


@CASES.case("cannot be changed by --resume_from_checkpoint", "begun without")
def resumed_upon_another(at: Place) -> list[str]:
    folder = at.checkpoint()
    return at.sft(checkpoint_dir=folder, resume_from_checkpoint=folder)


def alone(at: Place) -> Path:
    """The two files of an adapter and no others."""
    folder = at.folder / "alone"
    folder.mkdir()
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        shutil.copyfile(at.runs / "lora" / "checkpoint-1" / name, folder / name)
    return folder
