"""Conversations as a template writes them, cut at their texts."""

from burnish.data.scenes import CALL, RESULT, TOLD, scenes
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

LAST_TOLD = (
    "{% for m in messages if m.role != 'system' %}<|im_start|>{{ m.role }}\n"
    "{% if loop.last and messages[0].role == 'system' %}{{ messages[0].content }}\n{% endif %}"
    "{{ m.content }}<|im_end|>\n{% endfor %}"
)


def test_the_pieces_and_the_texts_make_up_the_whole(template: Template) -> None:
    found = scenes(template)
    assert len(found) > 8 and all(scene.is_whole for scene in found)
    for scene in found:
        assert [border.role for border in scene.borders] == ["", *scene.roles]
        pieces = [border.piece for border in scene.borders]
        texts = [*scene.texts, ""]
        assert "".join(a + b for a, b in zip(pieces, texts, strict=True)) == scene.text
        assert scene.markers.count("<|im_end|>") == len(scene.texts)


def test_a_system_prompt_may_stand_anywhere(tokenizer: Tokenizer) -> None:
    found = scenes(Template(tokenizer, LAST_TOLD, name="own"))
    told = next(scene for scene in found if TOLD in scene.texts)
    assert told.is_whole and [border.role for border in told.borders][-2:] == ["system", "user"]


def test_calls_are_shown_where_the_template_tells_tools(tokenizer: Tokenizer) -> None:
    tools = "{% if tools %}{{ tools | tojson }}{% endif %}"
    body = LAST_TOLD.replace("<|im_end|>", "{{ (m.tool_calls or '') | string }}<|im_end|>")
    found = scenes(Template(tokenizer, tools + body, name="own"))
    assert any(CALL in scene.texts and RESULT in scene.texts for scene in found)
    assert not any(CALL in scene.texts for scene in scenes(Template(tokenizer, body, name="own")))
