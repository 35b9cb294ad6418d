"""What is true of this process and its machine; each fact is found out when it is asked for."""

import os
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from burnish.core.lazy import torch
from burnish.core.require import is_installed

if TYPE_CHECKING:
    from collections.abc import Mapping


class Facts:
    """Ranks come from the environment a launcher sets; devices come from torch, loaded when asked.

    A fact given by keyword is taken as it is: `Facts(world_size=2, device="cpu")`.
    """

    def __init__(self, *, env: "Mapping[str, str] | None" = None, **known: object):
        self._env = os.environ if env is None else env
        unknown = [
            name
            for name in known
            if not isinstance(getattr(type(self), name, None), cached_property)
        ]
        if unknown:
            raise TypeError(f"no such fact: {', '.join(unknown)}")
        self.__dict__.update(known)  # where cached_property keeps what it has found

    @cached_property
    def rank(self) -> int:
        """This process among all of them."""
        return int(self._env.get("RANK", "0"))

    @cached_property
    def local_rank(self) -> int:
        """This process among those of its machine."""
        return int(self._env.get("LOCAL_RANK", "0"))

    @cached_property
    def world_size(self) -> int:
        """Processes that train together."""
        return int(self._env.get("WORLD_SIZE", "1"))

    @cached_property
    def local_world_size(self) -> int:
        """Processes of this machine."""
        return int(self._env.get("LOCAL_WORLD_SIZE", "1"))

    @cached_property
    def is_main(self) -> bool:
        """Whether this process writes files and prints."""
        return self.rank == 0

    @cached_property
    def num_devices(self) -> int:
        """GPUs this process can see."""
        return torch.cuda.device_count() if torch.cuda.is_available() else 0

    @cached_property
    def device(self) -> Literal["cpu", "cuda"]:
        """Kind of device to compute on."""
        return "cuda" if self.num_devices else "cpu"

    @cached_property
    def supports_bf16(self) -> bool:
        """Whether bfloat16 arithmetic is native here; emulation does not count."""
        if self.device == "cpu":
            return True
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))

    @staticmethod
    def installed(module: str) -> bool:
        """Whether an optional package could be imported."""
        return is_installed(module)
