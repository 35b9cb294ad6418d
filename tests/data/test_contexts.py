from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from burnish.core.errors import TemplateError
from burnish.data import assemble, contexts
from burnish.data.assemble import count_stops, encode_sequence, training
from burnish.data.sample import IGNORE, Encoded, Message, Part, Sample, SampleId, ToolCall
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

Talk = Callable[..., Sample]
TURN = "<|im_start|>{{ m.role }}\n{{ m.content }}"
PROMPT = "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"


def made(tokenizer: Tokenizer, body: str, prompt: str = PROMPT) -> Template:
    return Template(tokenizer, f"{{% for m in messages %}}{body}{{% endfor %}}{prompt}", name="x")


def trained_text(template: Template, encoded: Encoded) -> str:
    return template.tokenizer.decode(label for label in encoded.labels if label != IGNORE)


def test_labels_are_shifted_and_end_with_the_stop(template: Template, talk: Talk) -> None:
    (encoded,) = training(template, talk("q", "yes")).sequences
    trained = [k for k, label in enumerate(encoded.labels) if label != IGNORE]
    assert [encoded.labels[k] for k in trained] == [encoded.input_ids[k + 1] for k in trained]
    assert trained_text(template, encoded) == "yes<|im_end|>"
    assert encoded.input_ids[-1] == 258 and encoded.labels[-1] == IGNORE


def test_rounds_share_one_sequence_and_line_breaks_are_not_trained(
    template: Template, talk: Talk
) -> None:
    (encoded,) = training(template, talk("q", "one", "r", "two")).sequences
    assert trained_text(template, encoded) == "one<|im_end|>two<|im_end|>"
    assert count_stops(template, encoded) == 2


def test_the_context_of_each_answer_is_what_inference_gives(template: Template, talk: Talk) -> None:
    sample = talk("q", "one", "r", "\n two")
    (encoded,) = training(template, sample).sequences
    for k in (1, 3):
        prompt = template.prompt_ids(sample.messages[:k])
        assert encoded.input_ids[: len(prompt)] == prompt
        assert encoded.labels[len(prompt) - 1] == encoded.input_ids[len(prompt)]


def test_a_missing_end_is_appended_to_the_last_answer(tokenizer: Tokenizer, talk: Talk) -> None:
    end = "{% if add_generation_prompt or not loop.last %}<|im_end|>{% endif %}"
    template = made(tokenizer, TURN + end)
    done = training(template, talk("q", "one", "r", "two"))
    (encoded,) = done.sequences
    assert trained_text(template, encoded) == "one<|im_end|>two<|im_end|>"
    assert done.notes == {assemble.APPENDED: 1}


def test_a_stop_that_the_next_turn_brings_takes_the_place_of_the_appended(
    folder: object, talk: Talk, tokenizer: Tokenizer
) -> None:
    """GLM-4 trains <|user|> behind an answer, or <|observation|> where a tool follows."""
    body = "{% if m.role == 'user' %}<|endoftext|>{% endif %}{{ m.content }}"
    body += "{% if m.role == 'user' %}<|im_start|>{% endif %}"
    template = made(tokenizer, body, "")
    (encoded,) = training(template, talk("q", "one", "r", "two")).sequences
    assert trained_text(template, encoded) == "one<|endoftext|>two<|endoftext|>"


def test_history_that_is_rewritten_unrolls_the_conversation(
    tokenizer: Tokenizer, talk: Talk
) -> None:
    body = "{% if m.role == 'assistant' and not loop.last %}<|im_start|>assistant\ncut<|im_end|>\n"
    body += "{% else %}" + TURN + "<|im_end|>\n{% endif %}"
    template = made(tokenizer, body)
    done = training(template, talk("q", "one", "r", "two"))
    assert [trained_text(template, e) for e in done.sequences] == ["one<|im_end|>", "two<|im_end|>"]
    shared = len(done.tokens[0]) - 1
    assert done.notes[assemble.REWRITTEN] == 1
    assert 0 < done.notes[assemble.REPEATED] < shared
    assert done.answers == [1, 1]


def test_thinking_that_the_template_would_drop_is_trained(tokenizer: Tokenizer, talk: Talk) -> None:
    """As in DeepSeek-R1, whose template cuts off what stands before </think>."""
    body = "<|im_start|>{{ m.role }}\n{{ m.content.split('</think>')[-1] }}<|im_end|>\n"
    template = made(tokenizer, body)
    done = training(template, talk("q", "<think>hm</think>yes"))
    assert trained_text(template, done.sequences[0]) == "<think>hm</think>yes<|im_end|>"
    assert done.notes == {contexts.KEPT: 1}


def test_a_prompt_that_opens_the_thinking_is_gone_on_from(tokenizer: Tokenizer, talk: Talk) -> None:
    body = "<|im_start|>{{ m.role }}\n{{ m.content.split('</think>')[-1] }}<|im_end|>\n"
    prompt = "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}"
    template = made(tokenizer, body, prompt)
    sample = talk("q", "<think>\nhm\n</think>\nyes")
    (encoded,) = training(template, sample).sequences
    assert trained_text(template, encoded) == "hm\n</think>\nyes<|im_end|>"
    prompt_ids = template.prompt_ids(sample.messages[:1])
    assert encoded.input_ids[: len(prompt_ids)] == prompt_ids


def test_weights_of_turns(template: Template, talk: Talk) -> None:
    sample = talk("q", "one", "r", "two")
    first, second = sample.messages[1], sample.messages[3]
    muted = replace(
        sample, messages=(sample.messages[0], replace(first, weight=0), *sample.messages[2:])
    )
    (encoded,) = training(template, muted).sequences
    assert trained_text(template, encoded) == "two<|im_end|>" and encoded.weights is None
    light = replace(sample, messages=(*sample.messages[:3], replace(second, weight=0.5)))
    (encoded,) = training(template, light).sequences
    assert encoded.weights is not None
    pairs = zip(encoded.labels, encoded.weights, strict=True)
    assert [w for label, w in pairs if label != IGNORE] == [1.0] * 4 + [0.5] * 4


def test_a_stop_token_written_in_an_answer_does_not_cut_it(template: Template, talk: Talk) -> None:
    (encoded,) = training(template, talk("q", "a<|im_end|>b")).sequences
    assert trained_text(template, encoded) == "a<|im_end|>b<|im_end|>"


def test_an_answer_that_the_template_leaves_out_is_refused(
    tokenizer: Tokenizer, talk: Talk
) -> None:
    body = "{% if m.content %}" + TURN + "<|im_end|>\n{% endif %}"
    template = made(tokenizer, body, "")
    empty = Sample(SampleId("x", 1), (Message.of("user", "q"), Message("assistant", (Part(""),))))
    with pytest.raises(TemplateError, match="writes nothing"):
        training(template, empty)


def test_encode_sequence_of_a_plain_text() -> None:
    encoded = encode_sequence(SampleId("x", 1), [1, 5, 6, 2], [0.0, 1.0, 1.0, 1.0])
    assert encoded.labels == [5, 6, 2, IGNORE] and encoded.weights is None


def test_a_system_prompt_written_with_the_last_question_alone(shared: Path) -> None:
    """Mistral writes it into the last user turn; once that is answered, it is gone."""
    tokenizer = Tokenizer.load(shared / "data/tokenizers/mistral-v0.3")
    turns = (Message.of("user", "What is 2+2?"), Message.of("assistant", "four"))
    sample = Sample(SampleId("f", 1), turns, system="Be brief.")
    template = Template.own(tokenizer)
    (encoded,) = training(template, sample).sequences
    prompt = template.prompt_of(sample)
    assert encoded.input_ids[: len(prompt)] == prompt and "Be brief." in tokenizer.decode(prompt)
    trained = [label for label in encoded.labels if label != IGNORE]
    assert tokenizer.decode(trained).strip() == "four</s>"
    assert encoded.labels[: len(prompt) - 1] == [IGNORE] * (len(prompt) - 1)


CALL = ToolCall("get_w", {"c": "Rome"}, "abcdefghi")
RESULT = Message("tool", (Part('{"temp": "21\\n"}'),), tool_call_id="abcdefghi", name="get_w")
TOOLS = (
    {
        "type": "function",
        "function": {"name": "get_w", "description": "d", "parameters": {"type": "object"}},
    },
)


@pytest.mark.parametrize(
    ("family", "text", "refused"),
    [
        ("smollm2", "", "does not write the tool call"),
        ("smollm2", "Let me look.", "does not write the tool call"),
        ("llama-3.1", "Let me look.", "no text beside the tool call"),
        ("llama-3.1", "", ""),
        ("qwen2.5", "Let me look.", ""),
        ("mistral-v0.3", "", ""),
    ],
)
def test_a_tool_call_is_trained_whole_or_refused(
    shared: Path, family: str, text: str, refused: str
) -> None:
    tokenizer = Tokenizer.load(shared / "data/tokenizers" / family)
    asks = Message("assistant", (Part(text),) if text else (), tool_calls=(CALL,))
    turns = (Message.of("user", "w?"), asks, RESULT, Message.of("assistant", "It is 21."))
    sample = Sample(SampleId("f", 1), turns, tools=() if family == "smollm2" else TOOLS)
    if refused:
        with pytest.raises(TemplateError, match=refused):
            training(Template.own(tokenizer), sample)
        return
    trained = "".join(
        tokenizer.decode([label for label in encoded.labels if label != IGNORE])
        for encoded in training(Template.own(tokenizer), sample).sequences
    )
    assert "get_w" in trained and text in trained and "It is 21." in trained


def test_a_row_whose_system_prompt_is_left_out_is_refused(shared: Path) -> None:
    tokenizer = Tokenizer.load(shared / "data/tokenizers/phi-3")
    jinja = (shared / "data/templates/phi-3-medium.jinja").read_text(encoding="utf-8")
    turns = (Message.of("user", "Hi"), Message.of("assistant", "Hello"))
    with pytest.raises(TemplateError, match="system prompt"):
        training(
            Template(tokenizer, jinja, name="medium"), Sample(SampleId("f", 1), turns, system="S")
        )


def test_a_stop_token_in_a_text_is_counted(tiny_model: Path) -> None:
    turns = (Message.of("user", "Hi<|im_end|>"), Message.of("assistant", "a<|im_end|>b"))
    template = Template.own(Tokenizer.load(tiny_model))
    notes = training(template, Sample(SampleId("f", 1), turns)).notes
    assert notes[contexts.SPOKEN] == 2


OPENED = PROMPT.replace("assistant\n", "assistant\n<think>\n")
STRIPPED = (
    "<|im_start|>{{ m.role }}\n{{ m.content.split('</think>')[-1] if m.role == 'assistant' "
    "else m.content }}{% for c in m.tool_calls or [] %}{{ c | tojson }}{% endfor %}<|im_end|>\n"
)


@pytest.mark.parametrize(
    ("answer", "reasoning", "expected"),
    [
        ("Hello.", None, "</think>\n\nHello."),
        ("Hello.", "", "</think>\n\nHello."),
        ("Hello.", "hm", "hm\n</think>\n\nHello."),
        ("<think>\nhm\n</think>\n\nHello.", None, "hm\n</think>\n\nHello."),
        ("hm\n</think>\n\nHello.", None, "hm\n</think>\n\nHello."),
    ],
)
def test_an_answer_behind_a_prompt_that_opens_a_thought_closes_it(
    tokenizer: Tokenizer, answer: str, reasoning: str | None, expected: str
) -> None:
    template = made(tokenizer, STRIPPED, OPENED)
    message = Message("assistant", (Part(answer),), reasoning=reasoning)
    asked = (Message("user", (Part("Hi"),)),)
    (context,) = contexts.plan(template, Sample(SampleId("f", 1), (*asked, message)))
    assert context.prompt == template.render(asked, None, True)
    assert context.prompt.endswith("<think>\n")
    assert context.answer == expected + "<|im_end|>\n"
    assert (contexts.UNTHOUGHT in context.notes) == ("</think>" not in answer and not reasoning)


@pytest.mark.parametrize("answer", ["Hello.", "A", "assistant", " s"])
def test_what_only_the_prompt_holds_stays_before_the_answer(
    tokenizer: Tokenizer, talk: Talk, answer: str
) -> None:
    said = PROMPT.replace("assistant\n", "assistant\nANSWER: ")
    template = made(tokenizer, TURN + "<|im_end|>\n", said)
    (context,) = contexts.plan(template, talk("q", answer))
    assert context.prompt.endswith("ANSWER: ")
    assert context.answer == answer + "<|im_end|>\n"
    assert context.notes == (contexts.BEHIND_PROMPT,)


@pytest.mark.parametrize("prompt", [OPENED, PROMPT])
def test_a_thought_and_words_beside_a_call_are_trained(tokenizer: Tokenizer, prompt: str) -> None:
    template = made(tokenizer, STRIPPED, prompt)
    call = ToolCall("add", {"a": 1})
    message = Message("assistant", (Part("<think>\nhm\n</think>\n\nI add."),), tool_calls=(call,))
    sample = Sample(SampleId("f", 1), (Message("user", (Part("Hi"),)), message))
    (context,) = contexts.plan(template, sample)
    whole = context.prompt + context.answer
    assert context.prompt == template.render(sample.messages[:1], None, True)
    assert "assistant\n<think>\nhm\n</think>\n\nI add." in whole and '"add"' in context.answer


def test_tools_told_otherwise_than_the_models_own_are_counted(
    tokenizer: Tokenizer, talk: Talk
) -> None:
    own = "{% if tools %}{{ tools | tojson }}{% endif %}" + str(tokenizer.chat_template)
    tokenizer.chat_templates["default"] = own
    tool = {"type": "function", "function": {"name": "add", "parameters": {}}}
    sample = replace(talk("q", "yes"), tools=(tool,))
    (context,) = contexts.plan(Template.named("chatml", tokenizer), sample)
    assert contexts.OTHER_TOOLS in context.notes
    (context,) = contexts.plan(Template.own(tokenizer), sample)
    assert context.notes == ()
    (context,) = contexts.plan(Template.named("chatml", tokenizer), talk("q", "yes"))
    assert context.notes == ()


def test_a_thought_behind_a_switch_says_which(tokenizer: Tokenizer, talk: Talk) -> None:
    said = PROMPT.replace(
        "assistant\n",
        "assistant\n{{ '<think>\n' if open_thinking else '<think>\n\n</think>\n\n' }}",
    )
    template = made(tokenizer, TURN + "<|im_end|>\n", said)
    (context,) = contexts.plan(template, talk("q", "<think>\nhm\n</think>\n\nyes"))
    assert context.prompt == template.thinking.render(
        [{"role": "user", "content": "q"}], None, True
    )
    assert [note for note in context.notes if "open_thinking=true" in note] == [*context.notes]
