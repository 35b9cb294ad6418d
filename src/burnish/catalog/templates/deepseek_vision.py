"""DeepSeek-VL and Janus: the chat form of DeepSeek with a system prompt of its own."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "deepseek-vl",
        prefix="<｜begin▁of▁sentence｜>",
        system="<｜begin▁of▁sentence｜>{SYSTEM}\n\n",
        prompt="User: {QUERY}\n\nAssistant:",
        between="<｜end▁of▁sentence｜>",
        end="<｜end▁of▁sentence｜>",
        stop=("<｜end▁of▁sentence｜>",),
        markers=("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
        default_system=(
            "You are a helpful language and vision assistant. You are able to understand "
            "the visual content that the user provides, and assist the user with a variety "
            "of tasks using natural language."
        ),
        media=True,
    ),
    of_pieces(
        "deepseek-janus",
        prefix="<｜begin▁of▁sentence｜>",
        system="<｜begin▁of▁sentence｜>{SYSTEM}\n\n",
        prompt="User: {QUERY}\n\nAssistant:",
        between="<｜end▁of▁sentence｜>",
        end="<｜end▁of▁sentence｜>",
        stop=("<｜end▁of▁sentence｜>",),
        markers=("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
        default_system=(
            "You are a helpful language and vision assistant. You are able to understand "
            "the visual content that the user provides, and assist the user with a variety "
            "of tasks using natural language."
        ),
        media=True,
    ),
)
