"""Which sequences a sample is asked for: its answers, a better and a worse one, one with its label,
or the question alone.
"""

from dataclasses import replace
from typing import Literal

from burnish.core.errors import TemplateError
from burnish.data.sample import Sample
from burnish.data.template import Template

View = Literal["text", "pair", "label", "prompt"]
"""What is trained: every answer of a conversation; the last one, better and worse; the last one,
with its label; nothing: the prompt that inference gives.
"""
UNLEARNT = "label is false, so its answer is not to be learnt"


def variants_of(sample: Sample, view: View) -> list[tuple[Sample, bool | None]]:
    """The conversations that a sample gives, each with its label: of a pair the better is true.

    Raises TemplateError where it has not what the view asks for.
    """
    if view == "pair":
        if sample.rejected is None:
            raise TemplateError("it has no worse answer")
        worse = (*sample.messages[:-1], sample.rejected)
        return [(sample, True), (replace(sample, messages=worse), False)]
    if view == "label":
        return [(sample, sample.label)]
    if view == "prompt":
        return [(question_of(sample), None)]
    if sample.label is False:
        raise TemplateError(UNLEARNT)
    return [(sample, None)]


def question_of(sample: Sample) -> Sample:
    """A sample without its last answer. Raises TemplateError for plain text."""
    if sample.text is not None:
        raise TemplateError("it is plain text: there is no question in it")
    turns = sample.messages
    return replace(
        sample, messages=turns[:-1] if turns and turns[-1].role == "assistant" else turns
    )


def prompt_text(template: Template, question: Sample) -> str:
    """The text that inference gives the model for a question. Raises TemplateError."""
    return template.render(question.messages, question.tools, True, question.system)
