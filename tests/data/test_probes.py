"""The conversations on which templates are compared are such as each template must tell apart."""

from burnish.data.probes import PROBES, RARE
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer


def test_each_has_a_name_and_a_conversation_of_its_own() -> None:
    every = [*PROBES, *RARE]
    assert len({one.name for one in every}) == len(every)
    told = [repr((one.messages, one.prompt, one.tools)) for one in every]
    assert len(set(told)) == len(told)
    assert sum(bool(one.tools) for one in PROBES) == 6
    assert all(one.messages[0]["role"] in ("system", "user") for one in every)


def test_a_named_template_that_leaves_the_models_own_words_for_tools_says_so(
    tokenizer: Tokenizer,
) -> None:
    body = "{% if tools %}{{ tools | tojson }}{% endif %}" + str(tokenizer.chat_template)
    assert not Template.named("chatml", tokenizer).leaves_own_tools
    tokenizer.chat_templates["default"] = body
    assert Template.named("chatml", tokenizer).leaves_own_tools
    assert not Template.named("chatml", tokenizer, tools_prompt="react_en").leaves_own_tools
    assert not Template.own(tokenizer).leaves_own_tools
