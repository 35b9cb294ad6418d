"""The pages in a browser."""

from typing import Literal

from burnish.config.flag import flag, group


@group()
class UiGroup:
    """Pages in a browser."""

    share: bool = flag(False, "Open a public link through Gradio's servers.", later=True)
    lang: Literal["zh", "en"] = flag("zh", "Language of the pages.", later=True)
