"""Folders as GPTQ and AWQ tools write them, by their published layouts: numbers are rounded to the
nearest one, and packed bit by bit with Python's own integers.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

AWQ_OUTPUTS = (0, 2, 4, 6, 1, 3, 5, 7)
"""Which output of eight lies at the first, second, ... four bits of a word of AWQ."""


def quantise(weight: torch.Tensor, group: torch.Tensor, bits: int) -> dict[str, torch.Tensor]:
    """Of a weight (out, in) whose inputs belong to groups (in,): numbers (in, out), scales and zero
    points (groups, out).
    """
    top, columns = 2**bits - 1, weight.T.float()
    numbers = torch.zeros_like(columns, dtype=torch.long)
    scales, zeros = [], []
    for index in range(int(group.max()) + 1):
        part = columns[group == index]
        low, high = part.min(0).values.clamp(max=0), part.max(0).values.clamp(min=0)
        scale = ((high - low) / top).clamp(min=1e-4).half()
        zero = (-low / scale.float()).round().clamp(1, top).long()
        numbers[group == index] = ((part / scale.float()).round().long() + zero).clamp(0, top)
        scales.append(scale), zeros.append(zero)
    return {"numbers": numbers, "scales": torch.stack(scales), "zeros": torch.stack(zeros)}


def words_of(numbers: list[int], bits: int) -> list[int]:
    """Numbers one after the other, the first in the lowest bits, cut into signed 32-bit words."""
    stream = sum(number << bits * place for place, number in enumerate(numbers))
    cut = [stream >> 32 * i & 0xFFFFFFFF for i in range(len(numbers) * bits // 32)]
    return [word - (1 << 32) if word >> 31 else word for word in cut]


def pack_rows(numbers: torch.Tensor, bits: int) -> torch.Tensor:
    """Each row of (n, m) numbers as words: (n, m * bits / 32)."""
    return torch.tensor([words_of(row, bits) for row in numbers.tolist()], dtype=torch.int32)


def awq_order(numbers: torch.Tensor) -> torch.Tensor:
    """Columns as AWQ puts them into its words."""
    return numbers.unflatten(1, (-1, 8))[:, :, list(AWQ_OUTPUTS)].flatten(1)


def layer_tensors(
    weight: torch.Tensor, kind: str, bits: int, group: torch.Tensor, *, less: bool = True
) -> dict[str, torch.Tensor]:
    """The tensors of one packed layer, as its file names them."""
    made = quantise(weight, group, bits)
    numbers, zeros, scales = made["numbers"], made["zeros"], made["scales"]
    if kind == "awq":
        packed = {"qweight": awq_order(numbers), "qzeros": awq_order(zeros)}
        return {name: pack_rows(part, 4) for name, part in packed.items()} | {"scales": scales}
    stored = (zeros - 1) % 2**bits if less else zeros
    return {
        "qweight": pack_rows(numbers.T, bits).T.contiguous(),
        "qzeros": pack_rows(stored, bits),
        "scales": scales,
        "g_idx": group.to(torch.int32),
    }


def formula(weight: torch.Tensor, group: torch.Tensor, bits: int) -> torch.Tensor:
    """What the packed weight stands for, (out, in) in float64."""
    made = {name: part.double() for name, part in quantise(weight, group, bits).items()}
    return (made["scales"][group] * (made["numbers"] - made["zeros"][group])).T


def groups(inputs: int, size: int, *, shuffled: bool = False) -> torch.Tensor:
    """The group of each input: one after the other, or in the order of activations."""
    group = torch.arange(inputs) // size
    if shuffled:
        group = group[torch.randperm(inputs, generator=torch.Generator().manual_seed(1))]
    return group


def write_packed(
    base: Path,
    folder: Path,
    kind: str,
    bits: int = 4,
    *,
    size: int = 32,
    shuffled: bool = False,
    **settings: Any,
) -> dict[str, torch.Tensor]:
    """`base` with the linear layers of its blocks packed, into `folder`; gives what those layers
    stand for, by the names of their weights, in float64.
    """  # fmt: skip
    shutil.copytree(base, folder, dirs_exist_ok=True)
    tensors, meant = load_file(base / "model.safetensors"), {}
    less = settings.get("checkpoint_format") != "gptq_v2"
    for name in [n for n in tensors if n.endswith("_proj.weight")]:
        weight = tensors.pop(name)
        group = groups(weight.shape[1], size, shuffled=shuffled)
        layer = name.removesuffix(".weight")
        parts = layer_tensors(weight, kind, bits, group, less=less)
        tensors |= {f"{layer}.{part}": tensor for part, tensor in parts.items()}
        meant[name] = formula(weight, group, bits)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    own = {"version": "gemm", "zero_point": True} if kind == "awq" else {"desc_act": shuffled}
    config["quantization_config"] = {
        "quant_method": kind, "bits": bits, "group_size": size, **own, **settings
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    return meant
