"""How much memory of a GPU a run takes at its peak, reckoned from its flags and the model's shape.

The terms, and where each comes from, stand in docs/concepts/memory.md. They hold for models built
as Llama and Qwen2 are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from burnish.config.config import Config
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.model import ModelGroup
from burnish.config.groups.quant import QuantGroup, method_of
from burnish.config.groups.template import TemplateGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.nn.kernels import attention
from burnish.nn.kernels.logps import CHUNK_ELEMENTS
from burnish.optim.galore import GaloreGroup, is_on
from burnish.train.hooks.lisa import LisaGroup
from burnish.tuners.lora import LoraGroup

GROUP = 64
"""Weights that share a scale: bnb's block in 4 bits, hqq's group."""
PACKED = {1: 1 / 8, 2: 1 / 4, 3: 0.4, 4: 1 / 2, 8: 1.0}
"""Bytes of one of hqq's weights; ten of 3 bits share 32 bits."""
ADAM_32 = 16
"""Bytes of a trained float32 number: itself, its gradient, two moments."""
SPLIT = 8
"""Bytes of the optimiser's state of a bfloat16 weight: its other half, both moments (2 + 2 + 4)."""
EACH = 3
"""float32 copies of a gradient that `optim.each` holds while it steps one weight."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a model's config decides its memory."""

    layers: int
    hidden: int
    inner: int
    queries: int
    keys: int
    vocabulary: int
    tied: bool

    @property
    def linears(self) -> dict[str, tuple[int, int]]:
        """Inputs and outputs of one layer's linear layers."""
        h, i, q, k = self.hidden, self.inner, self.queries, self.keys
        return {
            "q_proj": (h, q), "k_proj": (h, k), "v_proj": (h, k), "o_proj": (q, h),
            "gate_proj": (h, i), "up_proj": (h, i), "down_proj": (i, h),
        }  # fmt: skip

    @property
    def block(self) -> int:
        """Weights of one layer's linear layers."""
        return sum(a * b for a, b in self.linears.values())

    @property
    def rest(self) -> int:
        """Weights of embedding, head and norms."""
        tables = (1 if self.tied else 2) * self.vocabulary * self.hidden
        return tables + (2 * self.layers + 1) * self.hidden


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes at the peak, by what holds them."""

    weights: float
    trained: float
    """Weights of an adapter, gradients, and the optimiser's state."""
    passing: float
    """What a step needs for a while: activations, or copies while the optimiser steps."""

    @property
    def total(self) -> int:
        return round(self.weights + self.trained + self.passing)


def shape_of(config: Any) -> Shape:
    """The shape that a model's config describes."""
    inner = config.get_text_config()
    head = getattr(inner, "head_dim", None) or inner.hidden_size // inner.num_attention_heads
    keys = getattr(inner, "num_key_value_heads", None) or inner.num_attention_heads
    return Shape(
        inner.num_hidden_layers, inner.hidden_size, inner.intermediate_size,
        head * inner.num_attention_heads, head * keys, inner.vocab_size,
        bool(inner.tie_word_embeddings),
    )  # fmt: skip


def predict(config: Config, shape: Shape) -> Memory:
    """The peak of a training run whose micro-batches are full: --batch_size sequences of
    --max_length tokens.
    """
    width = 4 if config[ModelGroup].dtype == "fp32" else 2
    tokens = config[LoopGroup].batch_size * (config[TemplateGroup].max_length or 2048)
    weights = shape.layers * block_bytes(config, shape, width) + shape.rest * width
    layer = tokens * kept_by_layer(config, shape, width)
    back = tokens * 3 * width * shape.inner + workspace(config, shape, width, tokens)
    head = tokens * shape.hidden * (4 + 3 * width) + 2 * width * CHUNK_ELEMENTS
    if config[LoopGroup].gradient_checkpointing:
        inputs: float = shape.layers * tokens * width * shape.hidden
        live = layer + back
    else:
        inputs, live = shape.layers * layer, back
    if config[TunerGroup].sft_type != "full":
        return Memory(weights, ADAM_32 * adapter_size(config, shape), inputs + max(live, head))
    gradients, states, step = full_state(config, shape, width)
    table = shape.vocabulary * shape.hidden
    first = inputs + head + table * (4 + width) - gradients  # gradients come one after the other
    return Memory(weights, gradients + states, max(first, live, step))


def block_bytes(config: Config, shape: Shape, width: int) -> float:
    """The linear layers of one block, as they are held."""
    options, method = config[QuantGroup], method_of(config)
    bits, rows = options.quantization_bit, sum(out for _, out in shape.linears.values())
    if method == "bnb" and bits == 4:
        second = 1 / GROUP + 4 / (GROUP * 256)
        return shape.block * (0.5 + (second if options.bnb_4bit_use_double_quant else 4 / GROUP))
    if method == "hqq":
        return shape.block * (PACKED[bits or 8] + 2 * width / GROUP)
    if method in ("bnb", "fp8"):
        return shape.block + 4 * rows
    return shape.block * width


def adapter_targets(config: Config, shape: Shape) -> dict[str, tuple[int, int]]:
    """The linear layers of a block that LoRA is put on."""
    words = set(config[TunerGroup].target_modules)
    if words & {"DEFAULT", "AUTO"}:
        words |= {"q_proj", "k_proj", "v_proj"}
    return {n: s for n, s in shape.linears.items() if n in words or "ALL" in words}


def adapter_size(config: Config, shape: Shape) -> int:
    """Numbers that LoRA trains: rank x (inputs + outputs) of each layer."""
    pairs = adapter_targets(config, shape).values()
    return shape.layers * config[LoraGroup].lora_rank * sum(a + b for a, b in pairs)


def kept_by_layer(config: Config, shape: Shape, width: int) -> float:
    """Bytes a token that one layer keeps for its backward pass."""
    h, i, q = shape.hidden, shape.inner, shape.queries
    keys = shape.keys if attention.takes_groups() else q
    kept: float = 2 * 4 * h + width * (2 * q + 2 * keys) + width * 3 * i
    if config[TunerGroup].sft_type == "full":
        return kept + width * (2 * h + 2 * h + i)  # inputs of norms' and linear layers' weights
    names = adapter_targets(config, shape)
    rank = config[LoraGroup].lora_rank
    kept += 2 * width * rank * len(names)
    if config[LoraGroup].lora_dropout:  # each its own, with its mask
        return kept + sum((width + 1) * inputs for inputs, _ in names.values())
    before = {"q_proj", "k_proj", "v_proj"} & names.keys(), {"gate_proj", "up_proj"} & names.keys()
    return kept + width * (h * sum(map(bool, before)) + i * ("down_proj" in names))


def workspace(config: Config, shape: Shape, width: int, tokens: int) -> float:
    """What a packed layer needs while it computes: the largest weight as it was, mostly."""
    largest = max(a * b for a, b in shape.linears.values())
    method, bits = method_of(config), config[QuantGroup].quantization_bit
    if method == "fp8":
        return max(width * largest, tokens * shape.inner)
    return {"bnb": width if bits == 4 else 2, "hqq": 3 * width}.get(method or "", 0) * largest


def full_state(config: Config, shape: Shape, width: int) -> tuple[float, float, float]:
    """Of full tuning: gradients, the optimiser's state, and what its step needs."""
    every = shape.layers * shape.block + shape.rest
    if config[LisaGroup].lisa_activated_layers:
        every = config[LisaGroup].lisa_activated_layers * shape.block + shape.rest
    if not is_on(config):
        return every * width, every * (SPLIT if width == 2 else 8), 0
    rank, other = config[GaloreGroup].galore_rank, 2 if width == 2 else 0
    projected = sum(4 * rank * min(s) + 8 * rank * max(s) for s in shape.linears.values())
    states = shape.layers * (projected + other * shape.block) + shape.rest * (8 + other)
    return every * width, states, EACH * 4 * shape.vocabulary * shape.hidden
