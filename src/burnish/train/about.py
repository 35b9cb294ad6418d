"""What a run knows of itself besides its objects: what its checkpoints carry, and the best
evaluation so far.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.data.rejects import Rejects
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer


@dataclass(frozen=True)
class About:
    """What every checkpoint carries beside weights and state."""

    tokenizer: Tokenizer
    template: Template
    base: Path
    """Folder of the model the run started from."""
    model_type: str
    is_adapter: bool
    arguments: Path
    """sft_args.json of the run, copied into each checkpoint."""
    data: dict[str, Any]
    """What strict resume must find unchanged: the data and its order."""
    dataset_info: dict[str, Any]
    model_info: str
    base_fingerprint: dict[str, Any]
    rejects: Rejects
    """Written with every checkpoint: what is tokenised while training is refused while training."""


@dataclass
class Best:
    """The best evaluation among the saved ones, and the newest."""

    metric: float | None = None
    step: int | None = None
    path: str | None = None
    newest: float | None = None
    newest_step: int | None = None

    def evaluated(self, step: int, loss: float) -> None:
        self.newest, self.newest_step = loss, step

    def saved(self, step: int, path: Path) -> bool:
        """The checkpoint of `step` is being written at `path`: whether it is the best evaluated one
        so far.
        """
        if self.newest is None or self.newest_step != step or not math.isfinite(self.newest):
            return False
        if self.metric is None or self.newest < self.metric:
            self.metric, self.step, self.path = self.newest, step, str(path)
            return True
        return False
