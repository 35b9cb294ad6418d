"""Python files of a person: imported by their path, outside sys.path, and what to say when their
code fails.
"""

import importlib.util
import os
import sys
import traceback
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from burnish.core.errors import DataError


def module_of(path: Path) -> ModuleType:
    """The module of a file, imported once; again where the file has changed. Raises DataError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    digest = sha256(str(path.resolve()).encode() + b"\0" + content).hexdigest()
    name = f"burnish_data_{path.stem}_{digest[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise DataError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise DataError(f"{path}: importing it failed with {told(error, path)}") from error
    return module


def told(error: BaseException, path: Path) -> str:
    """What failed, in its own words without a full stop, and at which line of the file."""
    here = os.path.abspath(path)
    what = f"{type(error).__name__}: {error}".rstrip(": .")
    if isinstance(error, SyntaxError) and os.path.abspath(error.filename or "") == here:
        return f"{type(error).__name__}: {error.msg} (line {error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if os.path.abspath(frame.filename) == here]
    return f"{what} (line {lines[-1]})" if lines else what
