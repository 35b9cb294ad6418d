"""Adding to burnish from outside."""

from pathlib import Path
from typing import Any

from burnish.config.flag import flag, group


@group()
class ExtendGroup:
    """Extend: add to burnish from outside."""

    custom_register_path: Path | None = flag(
        None,
        "Python file with models, templates, data sets, tuners, objectives or hooks; it is run.",
    )
    custom_dataset_info: str | dict[str, Any] | None = flag(
        None, "More data sets: a dataset_info.json, a folder that holds one, or JSON text."
    )
    ignore_args_error: bool = flag(False, "Only warn about unknown flags, as notebooks need it.")
