from collections.abc import Callable

from burnish.data.sample import Sample
from burnish.data.spans import whole, whole_conversation
from burnish.data.template import Template

Talk = Callable[..., Sample]


def spoken(template: Template, sample: Sample) -> list[str]:
    found = whole(template, sample)
    return [template.tokenizer.decode(found.ids[a:b]) for a, b in found.spans]


def test_spans_hold_every_answer_and_its_stop(template: Template, talk: Talk) -> None:
    assert spoken(template, talk("q", "one", "r", "two")) == ["one<|im_end|>", "two<|im_end|>"]


def test_an_answer_that_stands_in_the_question_is_not_mistaken(
    template: Template, talk: Talk
) -> None:
    sample = talk("say yes", "yes", "assistant\nyes", "yes")
    found = whole(template, sample)
    assert [b - a for a, b in found.spans] == [4, 4]
    assert found.ids[found.spans[1][1] :] == template.tokenizer.encode("\n")
    assert found.spans[1][1] == len(found.ids) - 1


def test_a_stop_token_written_in_an_answer_does_not_end_its_span(
    template: Template, talk: Talk
) -> None:
    assert spoken(template, talk("q", "a<|im_end|>b")) == ["a<|im_end|>b<|im_end|>"]


def test_white_space_of_an_answer_belongs_to_it(template: Template, talk: Talk) -> None:
    assert spoken(template, talk("q", "\n ok \n")) == ["\n ok \n<|im_end|>"]


def test_without_an_end_the_span_ends_with_the_content(template: Template, talk: Talk) -> None:
    jinja = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% endfor %}"
    jinja += "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    bare = Template(template.tokenizer, jinja, name="bare")
    assert spoken(bare, talk("q", "one")) == ["one"]


def test_a_conversation_that_ends_with_a_question(template: Template, talk: Talk) -> None:
    messages = talk("q", "one", "r").messages
    found = whole_conversation(template, messages, add_generation_prompt=True)
    assert len(found.spans) == 1 and found.ids == template.prompt_ids(messages)
