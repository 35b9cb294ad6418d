"""burnish export: write a model quantised, for Ollama, or to a hub."""

from burnish.commands.base import not_available
from burnish.commands.infer import COMMAND as INFER
from burnish.config.groups.export import ExportGroup
from burnish.config.groups.hub import HubGroup

COMMAND = INFER.variant(
    "export",
    "write a model quantised, for Ollama, or to a hub",
    groups=(ExportGroup, *INFER.groups, HubGroup),
    run=not_available("export"),
    quant_method="awq",
    choices={"quant_method": ("awq", "gptq", "bnb")},
    helps={"dataset": "Data to calibrate on; only its training part is used."},
    hot=(*INFER.hot, "quant_method"),
    example="burnish export --ckpt_dir output/demo/v0-20261122-090000/checkpoint-100 --to_ollama",
    is_later=True,
)
