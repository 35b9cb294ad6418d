"""Optional packages: is one installed, and the message when it is not."""

import importlib.util

from burnish.core.errors import MissingPackage


def is_installed(module: str) -> bool:
    """Whether `module` could be imported; found on disk, not loaded."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # a parent that is missing, or a module without a spec
        return False


def require(module: str, *, extra: str = "", needed_by: str = "this") -> None:
    """Raise MissingPackage unless `module` is installed.

    `extra` names the set of burnish's own that brings it: require("bitsandbytes", extra="quant",
    needed_by="--quant_method bnb").
    """
    if is_installed(module):
        return
    how = f"pip install 'burnish[{extra}]'" if extra else f"pip install {module}"
    raise MissingPackage(f"{needed_by} needs the package {module}, which is not installed: {how}")
