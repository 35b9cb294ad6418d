"""A missing package is named, with how to install it."""

import pytest

from burnish.core.errors import MissingPackage
from burnish.core.require import is_installed, require


def test_what_is_installed_passes() -> None:
    assert is_installed("json") and not is_installed("no_such_module_here")
    assert not is_installed("no_such_parent.child")
    require("json")


def test_what_is_missing_says_how_to_get_it() -> None:
    with pytest.raises(MissingPackage) as caught:
        require("no_such_module_here", extra="quant", needed_by="--quant_method bnb")
    assert "--quant_method bnb" in str(caught.value) and "burnish[quant]" in str(caught.value)
