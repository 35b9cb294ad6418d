from burnish.data.probe import shared_start
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer


def made(tokenizer: Tokenizer, jinja: str) -> Template:
    return Template(tokenizer, jinja, name="made")


TURNS = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}"


def test_the_marker_behind_an_answer_is_its_stop(template: Template) -> None:
    assert (template.end.stop_id, template.end.written, template.end.stops) == (258, True, 1)
    assert template.end.after == "<|im_end|>\n"


def test_an_unwritten_end_is_read_off_the_next_turn(tokenizer: Tokenizer) -> None:
    """As in GLM-4: the next role's token ends an answer, the last answer ends with nothing."""
    end = made(tokenizer, TURNS + "{% if not loop.last %}<|endoftext|>{% endif %}{% endfor %}").end
    assert (end.stop_id, end.written, end.after) == (256, False, "")


def test_text_behind_an_answer_is_no_marker(tokenizer: Tokenizer) -> None:
    end = made(tokenizer, TURNS + " END {% endfor %}").end
    assert (end.stop_id, end.written) == (258, False)


def test_a_marker_that_opens_every_turn_ends_none(tokenizer: Tokenizer) -> None:
    assert made(tokenizer, TURNS + "{% endfor %}").end.stop_id == 258  # eos


def test_a_default_system_prompt_is_found(tokenizer: Tokenizer, template: Template) -> None:
    assert template.default_system == ""
    jinja = (
        "{% if messages[0].role != 'system' %}<|im_start|>system\nBe kind.<|im_end|>\n{% endif %}"
        + TURNS
        + "<|im_end|>\n{% endfor %}"
    )
    assert made(tokenizer, jinja).default_system == "Be kind."


def test_shared_start_of_texts_and_ids() -> None:
    assert shared_start("abc", "abd") == 2
    assert shared_start([1, 2], [1, 2, 3]) == 2
