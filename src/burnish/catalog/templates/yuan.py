"""Yuan 2."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (of_pieces("yuan", prompt="{QUERY}<sep>", between=None, end="{{ eos_token }}"),)
