"""Training on several devices."""

from pathlib import Path
from typing import Any, Literal

from burnish.config.flag import AUTO, flag, group


@group()
class DistributedGroup:
    """Distributed: training on several devices."""

    ddp_backend: Literal["nccl", "gloo", "mpi", "ccl", "hccl"] | None = flag(
        AUTO, "How processes talk to each other."
    )
    ddp_timeout: int = flag(1800, "Seconds a process waits for the others.", ge=1)
    deepspeed: str | dict[str, Any] | None = flag(
        None,
        "DeepSpeed settings: default-zero2, default-zero3, zero2-offload, zero3-offload, "
        "JSON or a JSON file.",
        aliases=("deepspeed_config_path",),
        hot=True,
        later=True,
    )
    fsdp: str = flag("", "FSDP options; empty: off.", later=True)
    fsdp_config: Path | None = flag(None, "File with FSDP settings.", later=True)
    sequence_parallel_size: int = flag(1, "Processes that share one sequence.", ge=1, later=True)
