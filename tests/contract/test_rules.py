"""Every AUTO flag has one rule, and there is no other rule."""

from burnish.commands.base import COMMANDS, load
from burnish.config.config import classes_of, flags_of
from burnish.config.derive import RULES, rules_for, words
from burnish.config.flag import AUTO, infos_of

GROUPS = {group for name in COMMANDS for group in classes_of(load(name))}
AUTO_FLAGS = {
    name for group in GROUPS for name, info in infos_of(group).items() if info.default is AUTO
}


def test_every_auto_flag_has_a_rule_with_words() -> None:
    for group in GROUPS:
        autos = {name for name, info in infos_of(group).items() if info.default is AUTO}
        assert autos == rules_for(group).keys()
        assert all(words(rule) and "\n" not in words(rule) for rule in rules_for(group).values())


def test_no_rule_is_for_anything_else() -> None:
    own = {rule.__name__ for group in GROUPS for rule in group.__group__.derive}
    assert set(RULES) | own == AUTO_FLAGS and not set(RULES) & own


def test_no_command_hides_an_auto_flag_behind_a_default() -> None:
    for name in COMMANDS:
        command = load(name)
        assert set(command.defaults) <= flags_of(command).keys()
        assert set(command.choices) <= flags_of(command).keys()
