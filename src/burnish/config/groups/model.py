"""Which model to load, and how."""

from typing import Any, Literal

from burnish.config.flag import AUTO, flag, group


@group()
class ModelGroup:
    """Model: which weights to load, and how."""

    model_type: str | None = flag(
        None, "Name of a registered model; `burnish list models` shows them.", hot=True
    )
    model_id_or_path: str | None = flag(
        None, "Model folder, or id on a hub; wins over the id of --model_type.", hot=True
    )
    model_revision: str | None = flag(
        None, "Branch, tag or commit to download; nothing to a local folder."
    )
    local_repo_path: str | None = flag(
        None, "Checkout of the model's own code, for models that need one.", later=True
    )
    check_model_is_latest: bool = flag(
        False,
        "Ask the hub whether local weights are its newest before training.",
        hot=True,
        later=True,
    )
    dtype: Literal["bf16", "fp16", "fp32"] = flag(
        AUTO,
        "Number format of the base weights. sft_type full in fp16 keeps them in fp32 beside a loss "
        "scale; fp32 trains float32 weights as they are.",
    )
    model_kwargs: dict[str, Any] | None = flag(
        None, "Extra settings of a multimodal model, as JSON or a JSON file.", later=True
    )
    use_flash_attn: bool | None = flag(
        None,
        "true: fused attention; false: plain attention; none: whichever the model supports.",
        hot=True,
    )
    rope_scaling: Literal["linear", "dynamic"] | None = flag(
        None,
        "Stretch positions when --max_length exceeds what the model was trained for.",
    )
    device_map_config: str | dict[str, Any] | None = flag(
        None, "Where each part of the model goes, as JSON or a JSON file."
    )
    device_max_memory: list[str] = flag([], "Memory cap of each GPU, such as 10GB 10GB.")
    from_scratch: bool = flag(
        False, "Start from random weights of the shape in config.json.", origin="burnish"
    )
    allow_remote_code: bool = flag(
        False, "Run Python code that comes with a model; read that code first.", origin="burnish"
    )
    allow_pickle: bool = flag(
        False, "Load pickled weights, which can run any code while they load.", origin="burnish"
    )
