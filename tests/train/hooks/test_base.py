"""A hook that names no moment does nothing at any."""

from burnish.core.registry import HOOKS
from burnish.train.hooks.base import Hook


def test_every_moment_may_be_left_out():
    hook = Hook()
    assert hook.wanted(None)
    assert hook.start(None) is hook.before_zero(1, None) is hook.after_step(1, None) is None


def test_the_folder_is_the_registry():
    names = HOOKS.names()
    assert "neftune" in names and "base" not in names
    assert all(isinstance(HOOKS.find(name), Hook) for name in names)
