"""Adding to burnish from outside."""

from pathlib import Path
from typing import Any

from burnish.config.flag import flag, group


@group()
class ExtendGroup:
    """Extend: add to burnish from outside."""

    custom_register_path: Path | None = flag(
        None,
        "Python file with models, templates, tuners, objectives or hooks of yours; it is run.",
    )
    custom_dataset_info: str | dict[str, Any] | None = flag(
        None, "More data sets, as JSON or a JSON file.", later=True
    )
    ignore_args_error: bool = flag(False, "Only warn about unknown flags, as notebooks need it.")
