"""What `burnish list` looks for."""

from burnish.config.flag import flag, group


@group()
class ListGroup:
    """List: what is looked for, and how it is shown."""

    words: list[str] = flag(
        [],
        "What to list and words that all must be in its name, id, template or tags; they may stand "
        "without the flag.",
        hot=True,
        origin="burnish",
    )
    json: bool = flag(
        False, "All that is known, as JSON, in place of a table.", hot=True, origin="burnish"
    )
