"""Loading a base model in fewer bits."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from burnish.config.flag import AUTO, flag, group

if TYPE_CHECKING:
    from burnish.config.config import Config

BNB = ("quant_method", {"bnb"})
IN_4_BITS = (BNB, ("quantization_bit", {4}))
HQQ = ("quant_method", {"hqq"})
STATED = ("awq", "gptq", "aqlm")
"""Values that say what the weights in the folder are already."""


@group()
class QuantGroup:
    """Quantisation: load the base model in fewer bits."""

    quant_method: Literal["bnb", "hqq", "eetq", "fp8", "awq", "gptq", "aqlm"] | None = flag(
        AUTO,
        "What quantises the weights as they load; awq, gptq, aqlm: what they are already.",
    )
    quantization_bit: Literal[0, 1, 2, 3, 4, 8] = flag(
        0, "Bits per weight; 0: not quantised.", aliases=("quantization_type",)
    )
    hqq_axis: Literal[0, 1] = flag(0, "Axis along which hqq groups weights.", applies=HQQ)
    hqq_dynamic_config_path: Path | None = flag(
        None, "JSON file with hqq settings for each layer.", applies=HQQ
    )
    bnb_4bit_comp_dtype: Literal["fp16", "bf16", "fp32"] = flag(
        AUTO, "Number format of the arithmetic on 4-bit weights.", applies=IN_4_BITS
    )
    bnb_4bit_quant_type: Literal["nf4", "fp4"] = flag(
        "nf4", "Kind of 4-bit numbers.", applies=IN_4_BITS
    )
    bnb_4bit_use_double_quant: bool = flag(
        True, "Quantise the quantisation constants as well.", applies=IN_4_BITS
    )
    bnb_4bit_quant_storage: str | None = flag(
        None,
        "Number format in which packed 4-bit weights are stored.",
        applies=IN_4_BITS,
        choices=("uint8", "fp16", "bf16", "fp32"),
        spelled={"float16": "fp16", "bfloat16": "bf16", "float32": "fp32"},
    )


def method_of(config: "Config") -> str | None:
    """What quantises the weights, also before AUTO is derived; None: they stay as they are."""
    group = config[QuantGroup]
    if group.quant_method is not AUTO:
        bits = {"bnb": group.quantization_bit}.get(group.quant_method or "", 1)
        return group.quant_method if group.quant_method not in STATED and bits else None
    bits = group.quantization_bit
    return None if bits == 0 else "bnb" if bits in (4, 8) else "hqq"
