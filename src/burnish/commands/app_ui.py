"""burnish app-ui: chat with a model in a browser."""

from burnish.commands.base import not_available
from burnish.commands.infer import COMMAND as INFER
from burnish.config.config import only
from burnish.config.groups.server import ServerGroup
from burnish.config.groups.ui import UiGroup

COMMAND = INFER.variant(
    "app-ui",
    "chat with a model in a browser",
    groups=(only(ServerGroup, "host", "port"), UiGroup, *INFER.groups),
    run=not_available("app-ui"),
    port=7860,
    example="burnish app-ui --ckpt_dir output/demo/v0-20261122-090000/checkpoint-100",
    is_later=True,
)
