"""How long to train, in which batches, and how reproducibly."""

from burnish.config.flag import AUTO, flag, group


@group()
class LoopGroup:
    """Loop: how long to train, and in which batches."""

    batch_size: int = flag(
        1, "Sequences per device and micro-batch.", ge=1, aliases=("per_device_train_batch_size",)
    )
    eval_batch_size: int = flag(
        AUTO,
        "Sequences per device while evaluating.",
        ge=1,
        aliases=("per_device_eval_batch_size",),
    )
    num_train_epochs: int = flag(1, "Times to go through the data.", ge=0, hot=True)
    max_steps: int = flag(-1, "Optimiser steps, in place of epochs; -1: by epochs.", ge=-1)
    gradient_accumulation_steps: int = flag(
        AUTO, "Micro-batches per optimiser step.", ge=1, hot=True
    )
    gradient_checkpointing: bool = flag(
        True, "Compute activations again in the backward pass: less memory, more time.", hot=True
    )
    seed: int = flag(42, "Seed of everything random.", ge=-(2**32), le=2**32)
    full_determinism: bool = flag(
        False, "Use only deterministic kernels: the same bits in every run."
    )
    auto_find_batch_size: bool = flag(
        False, "Try again with smaller micro-batches when memory runs out."
    )
    gpu_memory_fraction: float | None = flag(
        None, "Share of each GPU's memory this process may use, from 0.01 to 1."
    )
    use_liger: bool = flag(False, "Replace layers by Liger's fused kernels.")
