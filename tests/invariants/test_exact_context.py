"""Exact context: before every trained token stand the ids that inference gives.

The oracle is the library that most people serve with: its `apply_chat_template` of the messages
before an answer, with the generation prompt, tokenised by its tokenizer.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import pytest
from tests.kept_templates import INDEX, jinja_of, specials_of, template, tokenizer

from burnish.catalog.templates.tools import describe_tools
from burnish.core.errors import TemplateError
from burnish.data.assemble import training
from burnish.data.sample import IGNORE, Message, Part, Sample, SampleId, ToolCall
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

pytestmark = pytest.mark.shared
NOW = datetime.now()
TOOLS = (
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Look up the weather of a city.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    },
)


def ask(text: str) -> Message:
    return Message.of("user", text)


def say(text: str, *calls: ToolCall, reasoning: str | None = None) -> Message:
    return Message("assistant", (Part(text),), tool_calls=calls, reasoning=reasoning)


def call(city: str, number: int) -> ToolCall:
    return ToolCall("get_weather", {"city": city}, f"call0000{number}")


def result(text: str, number: int) -> Message:
    return Message("tool", (Part(text),), tool_call_id=f"call0000{number}", name="get_weather")


def talk(*messages: Message, system: str | None = None, tools: tuple[Any, ...] = ()) -> Sample:
    return Sample(SampleId("matrix", 1), messages, system=system, tools=tools)


TALKS = {
    "one round": talk(ask("Hi"), say("Hello!")),
    "system": talk(ask("Hi"), say("Hello!"), system="Be brief."),
    "three rounds": talk(ask("Hi"), say("Hello!"), ask("2+2?"), say("4"), ask("Why?"), say("So.")),
    "three rounds with a system prompt": talk(
        ask("Hi"), say("Hello!"), ask("2+2?"), say("4"), ask("Why?"), say("So."), system="S. "
    ),
    "reasoning": talk(
        ask("2+2?"),
        say("4", reasoning="Simple.\nYes."),
        ask("3+3?"),
        say("6", reasoning="\nAlso simple.\n"),
    ),
    "reasoning in the last answer alone": talk(
        ask("2+2?"), say("4"), ask("3+3?"), say("6", reasoning="Count.")
    ),
    "thinking in the text": talk(
        ask("2+2?"),
        say("<think>\nhm\n</think>\n\n4"),
        ask("3+3?"),
        say("<think>so</think>6"),
    ),
    "spaces at both ends": talk(ask("  Hi "), say(" Hello "), ask(" Why?  "), say("  So.\n")),
    "line breaks": talk(ask("\nHi\n\n"), say("\n\nHello\n"), ask("Go on\n"), say("\nmore")),
    "blank answer": talk(ask("Hi"), say(""), ask("Hello?"), say("Yes")),
    "blank question": talk(ask(""), say("Hello!"), ask("Why?"), say("So.")),
    "chinese": talk(
        ask("我头痛怎么办？"), say("请多休息。"), ask("谢谢！"), say("不客气"), system="你是医生。"
    ),
    "emoji and accents": talk(ask("é ñ 😀👩‍👩‍👧"), say("😀"), ask("ß\u00a0x"), say("ÅÅ 🇩🇪")),
    "code": talk(
        ask("Write f"), say("    def f():\n\treturn 1\n"), ask("In C"), say("```c\nint f;\n```")
    ),
    "markers in the text": talk(
        ask("<b>[INST]</b>"), say("[/INST] <x>"), ask("#"), say("### Human:")
    ),
    "digits": talk(ask("1234567"), say("89"), ask("0"), say("12 345")),
    "muted first answer": talk(
        ask("Hi"), Message.of("assistant", "Hello!", weight=0), ask("Why?"), say("So.")
    ),
    "a tool": talk(
        ask("Weather in Rome?"),
        say("", call("Rome", 1)),
        result('{"temp": 21}', 1),
        say("It is 21 degrees."),
        tools=TOOLS,
    ),
    "a tool with a text beside the call": talk(
        ask("Weather in Rome?"),
        say("Let me look.", call("Rome", 1)),
        result('{"temp": 21}', 1),
        say("It is 21 degrees."),
        ask("Thanks"),
        say("Welcome"),
        system="Be brief.",
        tools=TOOLS,
    ),
    "two calls at once": talk(
        ask("Weather in Rome and Paris?"),
        say("", call("Rome", 1), call("Paris", 2)),
        result('{"temp": 21}', 1),
        result('{"temp": 15}', 2),
        say("21 and 15."),
        tools=TOOLS,
    ),
    "a tool and thinking": talk(
        ask("Weather in Rome?"),
        say("", call("Rome", 1), reasoning="I must look."),
        result('{"temp": 21}', 1),
        say("It is 21.", reasoning="There it is."),
        ask("And now?"),
        say("Still 21.", reasoning="No change."),
        tools=TOOLS,
    ),
    "tools that are not used": talk(ask("Hi"), say("Hello!"), tools=TOOLS),
}


def oracle(name: str) -> Any:
    return _oracle(tokenizer(name), tuple(sorted(specials_of(name).items())))


@cache
def _oracle(ours: Tokenizer, specials: tuple[tuple[str, str], ...]) -> Any:
    import transformers

    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=ours._backend, **{key: token for key, token in specials if token}
    )


def plain(message: Message) -> dict[str, Any]:
    """A message as a person would give it to the oracle."""
    found: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.reasoning is not None:
        found["reasoning_content"] = message.reasoning
    if message.tool_calls:
        found["tool_calls"] = [
            {
                "id": c.id,
                "type": "function",
                "function": {"name": c.name, "arguments": dict(c.arguments)},
            }
            for c in message.tool_calls
        ]
    if message.role == "tool":
        found |= {"tool_call_id": message.tool_call_id, "name": message.name}
    return found


def spoken(messages: Sequence[Message], sample: Sample, made: Template) -> list[dict[str, Any]]:
    """The same with tools told in the system prompt, for templates without a place for them."""
    base = made.default_system if sample.system is None else sample.system
    found = [{"role": "system", "content": base + describe_tools("react_en", sample.tools)}]
    for before, message in zip([None, *messages], messages, strict=False):
        text = message.text
        for one in message.tool_calls:
            arguments = json.dumps(one.arguments, ensure_ascii=False)
            action = f"Action: {one.name}\nAction Input: {arguments}"
            text = f"{text}\n{action}" if text else action
        again = message.role == "tool" and before is not None and before.role == "tool"
        if again:
            found[-1]["content"] += "\n" + text
            continue
        role = "user" if message.role == "tool" else message.role
        reasoning = {} if message.reasoning is None else {"reasoning_content": message.reasoning}
        found.append({"role": role, "content": text, **reasoning})
    return found


def with_metadata(message: dict[str, Any]) -> list[dict[str, Any]]:
    """As GLM-4's makers write calls and results."""
    calls = message.pop("tool_calls", ())
    if message["role"] == "tool":
        return [{"role": "observation", "content": message["content"]}]
    called = [
        {
            "role": "assistant",
            "metadata": one["function"]["name"],
            "content": json.dumps(one["function"]["arguments"]),
        }
        for one in calls
    ]
    return [message, *called] if message["content"] or not calls else called


def prompt_of(
    name: str, made: Template, sample: Sample, k: int, thinking: bool = False
) -> list[int]:
    """What the oracle feeds before answer `k`, with its switch for thinking on or left alone."""
    before = sample.messages[:k]
    tools: Any = list(sample.tools) or None
    messages = [plain(message) for message in before]
    if sample.system is not None:
        messages = [{"role": "system", "content": sample.system}, *messages]
    if tools and made.tools_style == "system turn":
        first = messages.pop(0) if sample.system is not None else {"role": "system", "content": ""}
        messages, tools = [{**first, "tools": tools}, *messages], None
        messages = [turn for message in messages for turn in with_metadata(message)]
    elif tools and made.tools_style != "own":
        messages, tools = spoken(before, sample, made), None
    if name == "gpt-oss":
        messages = [
            {"thinking" if key == "reasoning_content" else key: v for key, v in m.items()}
            for m in messages
        ]
    text = oracle(name).apply_chat_template(
        messages,
        tools=tools,
        chat_template=jinja_of(name),
        add_generation_prompt=True,
        tokenize=False,
        **({"enable_thinking": True, "open_thinking": True} if thinking else {}),
        **({} if oracle(name).bos_token else {"bos_token": specials_of(name)["bos_token"]}),
    )
    return list(oracle(name)(text, add_special_tokens=False)["input_ids"])


def runs(labels: Sequence[int]) -> list[tuple[int, int]]:
    """[start, end) of the positions that carry loss, one for each answer."""
    marks = [IGNORE, *labels, IGNORE]
    starts = [k for k in range(len(labels)) if marks[k] == IGNORE != marks[k + 1]]
    ends = [k for k in range(len(labels)) if marks[k + 1] != IGNORE == marks[k + 2]]
    return list(zip(starts, (end + 1 for end in ends), strict=True))


@pytest.mark.parametrize("case", TALKS)
@pytest.mark.parametrize("name", INDEX)
def test_before_each_trained_token_stand_the_ids_of_inference(name: str, case: str) -> None:
    made, sample = template(name, now=NOW), TALKS[case]
    asked = [k for k, m in enumerate(sample.messages) if m.role == "assistant" and m.weight != 0]
    try:
        trained = training(made, sample)
    except TemplateError as error:
        assert str(error)
        pytest.skip(f"refused: {error}")
    found = [(e, start, end) for e in trained.sequences for start, end in runs(e.labels)]
    assert len(found) == len(asked)
    for k, (encoded, start, end) in zip(asked, found, strict=True):
        ids = [int(i) for i in encoded.input_ids]
        given = ids[: start + 1]
        thinks = "</think>" in sample.messages[k].text or sample.messages[k].reasoning
        assert given == prompt_of(name, made, sample, k) or (
            thinks and given == prompt_of(name, made, sample, k, thinking=True)
        )
        assert [int(i) for i in encoded.labels[start:end]] == ids[start + 1 : end + 1]
        assert ids[end] in made.stop_ids
        answer = made.tokenizer.decode(ids[start + 1 : end])
        wanted = "".join(sample.messages[k].text.split("</think>")[-1].split())
        assert wanted in "".join(answer.split())
