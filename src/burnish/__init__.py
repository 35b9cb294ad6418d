"""burnish fine-tunes language models and talks to them.

Every command is a function here too, with its flags as keywords:

    import burnish

    result = burnish.sft(model_type="demo", dataset="rows.jsonl", lora_rank=16)

Importing burnish changes nothing and loads nothing heavy; a function does when it is called.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import burnish.infer  # noqa: F401  (empty; needed just below)

__version__ = "0.1.0"
__all__ = ["check", "infer", "merge_lora", "pt", "sft"]


class _CallablePackage(ModuleType):
    """The package burnish.infer, which is also the command: `burnish.infer(ckpt_dir=...)`."""

    def __call__(self, **flags: Any) -> Any:
        from burnish.commands.api import function

        return function("infer")(**flags)


# Our own package, whose name a command shares; importing it later would hide a plain function.
sys.modules["burnish.infer"].__class__ = _CallablePackage

if TYPE_CHECKING:

    def check(**flags: Any) -> Any: ...
    def sft(**flags: Any) -> Any: ...
    def pt(**flags: Any) -> Any: ...
    def infer(**flags: Any) -> Any: ...
    def merge_lora(**flags: Any) -> Any: ...


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'burnish' has no attribute {name!r}")
    from burnish.commands.api import function

    made = globals()[name] = function(name.replace("_", "-"))
    return made


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
