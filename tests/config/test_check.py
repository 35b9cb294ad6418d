"""Rules across flags read only flags that exist, and say which."""

import pytest

from burnish.commands.base import COMMANDS, load
from burnish.config.check import RULES
from burnish.config.config import flags_of

ALL = {name for command in COMMANDS for name in flags_of(load(command))}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.check.__name__)
def test_a_rule_reads_flags_that_some_command_takes(rule) -> None:  # type: ignore[no-untyped-def]
    assert rule.reads and rule.reads <= ALL
    assert any(rule.reads <= flags_of(load(command)).keys() for command in COMMANDS)
    assert rule.check.__doc__
