"""Mengzi3."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "mengzi",
        system="指令：{SYSTEM}",
        prompt="输入：{QUERY}输出：\n",
        between="",
        end="{{ eos_token }}",
    ),
)
