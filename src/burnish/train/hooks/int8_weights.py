"""Q-GaLore's 8-bit weights: put in place before the first step, when weights and state are there
(arXiv:2407.08296).
"""

from typing import TYPE_CHECKING

from burnish.core.log import log
from burnish.optim.galore import GaloreGroup, is_on
from burnish.train.hooks.base import Hook

if TYPE_CHECKING:
    from burnish.config.config import Config
    from burnish.train.fit import Run


def wanted(config: "Config") -> bool:
    return is_on(config) and config[GaloreGroup].galore_quantization


def start(run: "Run") -> None:
    """Hold every projected linear weight as int8 codes. A resumed run takes those of its state, so
    that it goes on bit for bit.
    """
    from torch import nn

    from burnish.nn.layers.int8 import install, to_int8

    groups = run.optimizer.param_groups
    projected = {id(p) for group in groups if group.get("apart") for p in group["params"]}
    head = run.scorer.inner.get_output_embeddings()  # it may share its weight
    count = 0
    for layer in run.model.modules():
        if not isinstance(layer, nn.Linear) or layer is head or id(layer.weight) not in projected:
            continue
        state = run.optimizer.state[layer.weight]
        if "codes" not in state:
            state["codes"], state["scale"] = to_int8(layer.weight.detach().float())
            state.pop("low", None)
        install(layer, state["codes"], state["scale"])
        count += 1
    log.info("Q-GaLore: the weights of %d layers are held in 8 bits", count)


HOOK = Hook(wanted=wanted, start=start)
