"""Loading a base model in fewer bits."""

from pathlib import Path
from typing import Literal

from burnish.config.flag import AUTO, flag, group

BNB = ("quant_method", {"bnb"})
HQQ = ("quant_method", {"hqq"})


@group()
class QuantGroup:
    """Quantisation: load the base model in fewer bits."""

    quant_method: Literal["bnb", "hqq", "eetq"] | None = flag(
        AUTO, "Library that quantises the weights as they load.", later=True, built=(None,)
    )
    quantization_bit: Literal[0, 1, 2, 3, 4, 8] = flag(
        0, "Bits per weight; 0: not quantised.", aliases=("quantization_type",), later=True
    )
    hqq_axis: Literal[0, 1] = flag(
        0, "Axis along which hqq groups weights.", applies=HQQ, later=True
    )
    hqq_dynamic_config_path: Path | None = flag(
        None, "JSON file with hqq settings for each layer.", applies=HQQ, later=True
    )
    bnb_4bit_comp_dtype: Literal["fp16", "bf16", "fp32"] = flag(
        AUTO, "Number format of the arithmetic on 4-bit weights.", applies=BNB
    )
    bnb_4bit_quant_type: Literal["nf4", "fp4"] = flag(
        "nf4", "Kind of 4-bit numbers.", applies=BNB, later=True
    )
    bnb_4bit_use_double_quant: bool = flag(
        True, "Quantise the quantisation constants as well.", applies=BNB, later=True
    )
    bnb_4bit_quant_storage: str | None = flag(
        None, "Number format in which packed 4-bit weights are stored.", applies=BNB, later=True
    )
