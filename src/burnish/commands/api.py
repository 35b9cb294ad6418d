"""Commands as Python functions: keywords are flags, the result is what the command returns."""

from collections.abc import Callable
from typing import Any

from burnish.commands.base import load
from burnish.config.resolve import resolve
from burnish.core.log import log


def function(name: str) -> Callable[..., Any]:
    """The command `name` as a function. Its call raises UsageError for flags that cannot be used."""

    def call(**flags: Any) -> Any:
        command = load(name)
        config = resolve(command, flags, source="python")
        for note in config.notes:
            log.warning(note)
        return command.run(config)

    command = load(name)
    call.__name__ = call.__qualname__ = name.replace("-", "_")
    call.__module__ = "burnish"
    call.__doc__ = f"burnish {name}: {command.summary}. Keywords are its flags; see `burnish {name} --help all`."
    return call
