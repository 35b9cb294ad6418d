"""Commands as Python functions: keywords are flags, the result is what the command returns."""

from collections.abc import Callable
from typing import Any

from burnish.commands.apart import run_apart
from burnish.commands.base import load, name_owners, start
from burnish.config.backend import is_asked
from burnish.config.given import Given
from burnish.config.resolve import draft, finish
from burnish.core.facts import Facts


def function(name: str) -> Callable[..., Any]:
    """The command `name` as a function. Its call raises UsageError."""

    def call(**flags: Any) -> Any:
        command = load(name)
        given = Given(command)
        given.take_all(flags, "python")
        name_owners(given)
        config = finish(draft(given), Facts())
        return run_apart(name, flags) if is_asked(config) else start(command, config)

    command = load(name)
    call.__name__ = call.__qualname__ = name.replace("-", "_")
    call.__module__ = "burnish"
    about = f"Keywords are its flags; `burnish {name} --help all` shows them."
    call.__doc__ = f"burnish {name}: {command.summary}. {about}"
    return call
