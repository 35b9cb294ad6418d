"""burnish web-ui: start and watch runs in a browser."""

from burnish.commands.base import Command, not_available
from burnish.config.config import only
from burnish.config.groups.server import ServerGroup
from burnish.config.groups.ui import UiGroup

COMMAND = Command(
    name="web-ui",
    summary="start and watch runs in a browser",
    groups=(only(ServerGroup, "host", "port"), UiGroup),
    run=not_available("web-ui"),
    defaults={"port": 7860},
    example="burnish web-ui",
    is_later=True,
)
