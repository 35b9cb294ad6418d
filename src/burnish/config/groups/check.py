"""What `burnish check` shows and writes."""

from pathlib import Path

from burnish.config.flag import flag, group


@group()
class CheckGroup:
    """Check: what is shown of the data, and what is written."""

    samples: int = flag(
        3, "Samples to show token by token.", ge=0, le=1000, hot=True, origin="burnish"
    )
    rows: list[int] = flag(
        [], "Show these rows in place of --samples, such as 5,17.", hot=True, origin="burnish"
    )
    html: Path | None = flag(
        None, "Write the report as one HTML page, too.", hot=True, origin="burnish"
    )
    fix: Path | None = flag(
        None,
        "Write the usable rows to this .jsonl file, and the others to rejected.jsonl beside it.",
        hot=True,
        origin="burnish",
    )
    strict: bool = flag(
        False, "Fail when a row cannot be used or is left out.", hot=True, origin="burnish"
    )
    color: bool | None = flag(
        None, "Colours in the terminal; none: when the output is one.", origin="burnish"
    )
