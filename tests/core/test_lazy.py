"""A lazy module loads at its first attribute, not before."""

import subprocess
import sys

from burnish.core.lazy import lazy


def test_attributes_are_those_of_the_module() -> None:
    assert lazy("json").dumps({"a": 1}) == '{"a": 1}'


def test_importing_the_proxy_loads_nothing() -> None:
    code = (
        "import sys; from burnish.core.lazy import F, torch; repr(torch);"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
