"""Ways to train that cannot be: tuners, optimisers, quantised bases and loading options."""

from collections.abc import Callable
from typing import Any

from tests.e2e.bad_place import Case, Place, Table

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
    "eetq": ("--quant_method bnb", {"quant_method": "eetq"}),
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
    "unsloth": ("not installed here", {"tuner_backend": "unsloth"}),
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


CASES = Table({name: Case(line(flags), (says,), 2) for name, (says, flags) in WRONG.items()})
