"""The optimisers of bitsandbytes: state in 8 bits (arXiv:2110.02861), or paged out to the host when
GPU memory runs short.

Its kernels keep the moments and give the direction; the weight itself is moved in float32 (see
optim/each.py), so that 8 bits of state do not cost a bfloat16 weight its small updates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from burnish.core.lazy import torch
from burnish.optim.each import Each, State

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

    from burnish.config.groups.optim import OptimGroup

BLOCK = 256  # values that share a scale
SMALL = 4096  # elements below which a tensor's state stays in float32
PAGED_FROM = 100_000  # elements
SLOW_BETA, SLOW_SHARE = 0.9999, 5.0  # AdEMAMix's beta3 and alpha (arXiv:2409.03137)
MOMENTS = {"adam": (1, 1), "lion": (1, 0), "rmsprop": (1, 0), "ademamix": (2, 1)}
"""How many tensors of the weight's shape each kernel keeps: signed ones, unsigned ones."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A rule of `optim.each` that bitsandbytes computes.

    kind   name of the kernel
    bits   of the state
    paged  whether large state lies in memory that the driver moves between GPU and host
    """

    kind: str
    bits: int = 32
    paged: bool = False

    def __call__(self, gradient: Tensor, state: State, group: dict[str, Any]) -> Tensor:
        """The kernel's step from a weight of 0 at rate 1 is minus the direction."""
        self.begin(state, gradient)
        moved = torch.zeros_like(gradient, memory_format=torch.contiguous_format)
        if state["state1"].dtype == torch.uint8:
            self.step_8bit(moved, gradient.contiguous(), state, group)
        else:
            self.step_32bit(moved, gradient.contiguous(), state, group)
        return moved.neg_()

    def begin(self, state: State, gradient: Tensor) -> None:
        """Zeros for every moment, once."""
        if "state1" in state:
            return
        whole = self.bits == 32 or gradient.numel() < SMALL
        if self.kind == "ademamix":  # on GPUs, a block of both means would lie across their border
            whole = whole or gradient.numel() % BLOCK > 0
        dtype = torch.float32 if whole else torch.uint8
        blocks = -(-gradient.numel() // BLOCK)
        for index, count in enumerate(MOMENTS[self.kind], 1):
            if count:
                shape = (*((count,) if count > 1 else ()), *gradient.shape)
                state[f"state{index}"] = self.room(shape, dtype, gradient)
            if count and dtype == torch.uint8:
                of = (count, blocks) if count > 1 else (blocks,)
                state[f"absmax{index}"] = gradient.new_zeros(of)

    def room(self, shape: tuple[int, ...], dtype: torch.dtype, like: Tensor) -> Tensor:
        """Zeros; in pageable memory if asked for, where there is a GPU."""
        if not self.paged or not like.is_cuda or like.numel() < PAGED_FROM:
            return torch.zeros(shape, dtype=dtype, device=like.device)
        from bitsandbytes import functional

        found: Tensor = functional.get_paged(*shape, dtype=dtype, device=like.device)
        functional.fill(found, 0)
        return found

    def betas(self, group: dict[str, Any]) -> tuple[float, float, float, float]:
        """beta1, beta2, beta3 and alpha."""
        if self.kind == "rmsprop":
            return 0.99, 0.0, 0.0, 0.0
        slow = (SLOW_BETA, SLOW_SHARE) if self.kind == "ademamix" else (0.0, 0.0)
        return *group["betas"], *slow

    def step_32bit(
        self, moved: Tensor, gradient: Tensor, state: State, group: dict[str, Any]
    ) -> None:
        from bitsandbytes import functional

        beta1, beta2, beta3, alpha = self.betas(group)
        functional.optimizer_update_32bit(
            self.kind, gradient, moved, state["state1"], beta1, group["eps"], state["step"], 1.0,
            state.get("state2"), beta2, beta3, alpha,
        )  # fmt: skip

    def step_8bit(
        self, moved: Tensor, gradient: Tensor, state: State, group: dict[str, Any]
    ) -> None:
        from bitsandbytes import functional

        signed, unsigned = codebooks(str(gradient.device))
        beta1, beta2, beta3, alpha = self.betas(group)
        functional.optimizer_update_8bit_blockwise(
            self.kind, gradient, moved, state["state1"], state.get("state2"), beta1, beta2, beta3,
            alpha, group["eps"], state["step"], 1.0, signed,
            unsigned if "state2" in state else None, state["absmax1"], state.get("absmax2"),
        )  # fmt: skip


class BnbEach(Each):
    """`Each` with a kernel of bitsandbytes; a state that is loaded is paged like the one before."""

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        super().step(closure)
        if torch.cuda.is_available() and getattr(self.direction, "paged", False):
            torch.cuda.synchronize()  # the host may read pages only when the kernels are done

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        kernel = self.direction
        assert isinstance(kernel, Kernel)
        for state in self.state.values():
            for name in {"state1", "state2"} & state.keys() if kernel.paged else ():
                held = state[name]
                state[name] = kernel.room(tuple(held.shape), held.dtype, held).copy_(held)


CODEBOOKS: dict[str, tuple[Tensor, Tensor]] = {}


def codebooks(device: str) -> tuple[Tensor, Tensor]:
    """The 256 values that 8 bits stand for, signed and unsigned, on `device`."""
    from bitsandbytes import functional

    if device not in CODEBOOKS:
        both = (functional.create_dynamic_map(signed=signed) for signed in (True, False))
        signed, unsigned = (values.to(device) for values in both)
        CODEBOOKS[device] = signed, unsigned
    return CODEBOOKS[device]


def builder(kernel: Kernel) -> Callable[[list[dict[str, Any]], OptimGroup], Optimizer]:
    """What builds an optimiser of this kernel."""

    def build(groups: list[dict[str, Any]], options: OptimGroup) -> Optimizer:
        return BnbEach(
            groups,
            kernel,
            f"{kernel.kind}, {kernel.bits} bit",
            lr=options.learning_rate,
            betas=(options.adam_beta1, options.adam_beta2),
            eps=options.adam_epsilon,
        )

    return build


KERNELS = {
    "adamw_8bit": Kernel("adam", 8),
    "adamw_bnb_8bit": Kernel("adam", 8),
    "paged_adamw_32bit": Kernel("adam", 32, paged=True),
    "paged_adamw_8bit": Kernel("adam", 8, paged=True),
    "lion_8bit": Kernel("lion", 8),
    "paged_lion_32bit": Kernel("lion", 32, paged=True),
    "paged_lion_8bit": Kernel("lion", 8, paged=True),
    "ademamix": Kernel("ademamix", 32),
    "ademamix_8bit": Kernel("ademamix", 8),
    "paged_ademamix_32bit": Kernel("ademamix", 32, paged=True),
    "paged_ademamix_8bit": Kernel("ademamix", 8, paged=True),
    "rmsprop_bnb": Kernel("rmsprop", 32),
    "rmsprop_bnb_32bit": Kernel("rmsprop", 32),
    "rmsprop_bnb_8bit": Kernel("rmsprop", 8),
}
OPTIMIZERS = {name: builder(kernel) for name, kernel in KERNELS.items()}
