"""Where the parts of a model go, when they do not all go to one device.

accelerate's map, through transformers: names of modules to GPU numbers or "cpu", or caps of memory
within which the parts are spread over the GPUs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from burnish.config.config import Config
from burnish.config.groups.model import ModelGroup
from burnish.core.errors import Problem, UsageError
from burnish.core.facts import Facts
from burnish.core.registry import nearest

SIZE = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?B)", re.IGNORECASE)


def placement(config: Config, facts: Facts) -> dict[str, Any]:
    """Arguments of `from_pretrained` that place a model; {}: all of it goes to one device.

    Raises:
        UsageError: a map or a cap that cannot be read, or a device that is not there.
    """
    options = config[ModelGroup]
    if options.device_map_config is not None:
        return {"device_map": read_map(options.device_map_config, facts)}
    if not options.device_max_memory:
        return {}
    for cap in options.device_max_memory:
        if not SIZE.fullmatch(cap):
            raise wrong("device_max_memory", cap, "is not a size", "write 10GB or 900MiB")
    return {"device_map": "auto", "max_memory": dict(enumerate(options.device_max_memory))}


def read_map(given: str | dict[str, Any], facts: Facts) -> dict[str, int | str]:
    """{module: GPU number, or "cpu"}; among several processes numbers count from this one's
    GPU.
    """
    flag, shown = "device_map_config", given if isinstance(given, str) else json.dumps(given)
    found: Any = given
    if isinstance(given, str):
        try:
            is_text = given.lstrip().startswith("{")
            if not is_text and not Path(given).is_file():
                fix = 'write {"": 0}; to spread a model by itself give --device_max_memory'
                raise wrong(flag, shown, "cannot be read: no such file", fix)
            found = json.loads(given if is_text else Path(given).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise wrong(flag, shown, f"cannot be read: {error}") from None
    if not isinstance(found, dict) or not found:
        raise wrong(flag, shown, "is no map", 'write {"": 0}, or {"model.embed_tokens": 0, ...}')
    return {str(name): device(where, shown, facts) for name, where in found.items()}


def refuse_unknown(model: nn.Module, placed: Mapping[str, Any]) -> None:
    """Raises: UsageError where a map names a part that the model (of any device) lacks."""
    parts = dict(model.named_modules()) | dict(model.named_parameters())
    for name in placed:
        if name not in parts:
            near = nearest(name, parts)
            fix = f"did you mean {near}?" if near else "its parts look like model.embed_tokens"
            raise wrong("device_map_config", name, f"is no part of {type(model).__name__}", fix)


def device(where: Any, shown: str, facts: Facts) -> int | str:
    """One entry: the number of a GPU that is there, or "cpu"."""
    flag = "device_map_config"
    text = str(where).removeprefix("cuda:")
    if isinstance(where, bool) or not (text.isdigit() or text == "cpu"):
        raise wrong(flag, shown, f"{where!r} is no device", 'give GPU numbers, or "cpu"')
    if text == "cpu":
        return "cpu"
    number = int(text) + (facts.local_rank if facts.world_size > 1 else 0)
    if number >= facts.num_devices:
        words = f"names GPU {number}; this process sees {facts.num_devices}"
        raise wrong(flag, shown, words)
    return number


def wrong(flag: str, given: str, words: str, fix: str = "") -> UsageError:
    """The error about one of the two flags."""
    return UsageError((Problem(flag, given, words, fix),))
