"""Our rendering against texts and ids that the models' own chat templates gave."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shared_folder
from tests.kept_templates import INDEX, jinja_of, specials_of
from tests.kept_templates import tokenizer as near

from burnish.core.errors import TemplateError
from burnish.data.assemble import training
from burnish.data.contexts import plan
from burnish.data.sample import IGNORE, Message, Sample, SampleId
from burnish.data.spans import whole_conversation
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

NOW = datetime(2024, 7, 26)  # what the kept texts of Llama 3.2 were rendered on
FOLDER = shared_folder() / "data"
pytestmark = pytest.mark.shared


def entries() -> dict[str, dict[str, Any]]:
    """Templates whose tokenizer is there, by name."""
    path = FOLDER / "templates" / "index.json"
    if not path.exists():
        return {}
    return {e["name"]: e for e in json.loads(path.read_text(encoding="utf-8")) if e["tokenizer"]}


ENTRIES = entries()


@cache
def tokenizer(name: str) -> Tokenizer:
    return Tokenizer.load(FOLDER / "tokenizers" / name)


@cache
def golden() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for line in (FOLDER / "templates" / "golden.jsonl").read_text(encoding="utf-8").split("\n"):
        if line:
            row = json.loads(line)
            found.setdefault(row["template"], []).append(row)
    return found


@cache
def template(name: str) -> Template:
    entry = ENTRIES[name]
    jinja = (FOLDER / "templates" / entry["file"]).read_bytes().decode("utf-8")
    specials = {key: entry[key] for key in ("bos_token", "eos_token")}
    return Template(
        tokenizer(entry["tokenizer"]),
        jinja,
        name=name,
        tools_prompt="own",  # as kept: GLM-4's loses the tools of a conversation
        now=NOW,
        variables=specials,
    )


def cases(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    known = json.loads((FOLDER / "templates" / "cases.json").read_text(encoding="utf-8"))
    return ((row, known[row["case"]]) for row in golden()[name])


@pytest.mark.parametrize("name", ENTRIES)
def test_ids_are_the_golden_ones(name: str) -> None:
    if name not in golden():
        pytest.skip("no golden rows: it prints today's date")
    for row, case in cases(name):
        given = case["messages"], case.get("tools")
        prompt = case["add_generation_prompt"]
        if "error" in row:
            with pytest.raises(TemplateError):
                template(name).render(*given, prompt)
            continue
        found = whole_conversation(template(name), *given, add_generation_prompt=prompt)
        assert (found.text, found.ids) == (row["text"], row["ids"]), row["case"]


@pytest.mark.parametrize("name", ENTRIES)
def test_spans_cover_every_assistant_turn_and_its_stop(name: str) -> None:
    """Seen from outside: by decoding spans, and by what stands around them."""
    made = template(name)
    for row, case in cases(name):
        if "error" in row:
            continue
        found = whole_conversation(
            made,
            case["messages"],
            case.get("tools"),
            add_generation_prompt=case["add_generation_prompt"],
        )
        turns = [m for m in case["messages"] if m["role"] == "assistant"]
        assert len(found.spans) == len(turns)
        for number, (turn, (start, end)) in enumerate(zip(turns, found.spans, strict=True)):
            text = made.tokenizer.decode(found.ids[start:end])
            assert turn["content"].strip() in text
            last = number == len(turns) - 1 and case["messages"][-1] is turn
            if turn.get("tool_calls"):
                continue
            if made.end.written or not last:
                expected = made.end.written or made.end.stop_id != made.tokenizer.eos_id
                assert (found.ids[end - 1] in made.stop_ids) >= expected
            between = [t for t in found.ids[start : end - 1] if t in made.stop_ids]
            assert not between, "a span must not run past its first stop"
        covered = {k for start, end in found.spans for k in range(start, end)}
        outside = made.tokenizer.decode(t for k, t in enumerate(found.ids) if k not in covered)
        for message in case["messages"]:
            if message["role"] == "user":
                assert "".join(message["content"].split()) in "".join(outside.split())


def sample(*turns: str, system: str | None = None) -> Sample:
    roles = ("user", "assistant")
    messages = tuple(Message.of(roles[k % 2], text) for k, text in enumerate(turns))
    return Sample(SampleId("matrix", 1), messages, system=system)


MATRIX = {
    "one round": sample("Hi", "Hello!"),
    "three rounds": sample("Hi", "Hello!", "What is 2+2?", "It is 4.", "Why?", "Because."),
    "system": sample("Hi", "Hello!", "Again", "Hello again!", system="Be brief."),
    "chinese": sample("我头痛怎么办？", "请多休息。😀", "谢谢！", "不客气"),
    "line breaks first": sample("Hi", "\n ok \n", "Go on", "\n\nmore"),
    "spaces first": sample("Hi", "  two", "Go on", " one"),
    "brackets": sample("Hi", "<b>x</b>", "Go on", "[INST] no"),
    "thinking": sample(
        "Hi", "<think>\nhm\n</think>\n\nYes", "Go on", "<think>\nso\n</think>\n\nNo"
    ),
    "code": sample("Hi", "    def f():\n\treturn 1", "Go on", "```\nx\n```"),
}


@pytest.mark.parametrize("case", MATRIX)
@pytest.mark.parametrize("name", ENTRIES)
def test_each_answer_is_trained_behind_the_ids_of_inference(name: str, case: str) -> None:
    """Every trained answer follows the ids that inference feeds, and ends with a stop token."""
    made, conversation = template(name), MATRIX[case]
    try:
        contexts = plan(made, conversation)
    except TemplateError:
        assert conversation.system is not None  # early Mistral and Gemma take none
        return
    trained = training(made, conversation)
    starts = {
        (tuple(e.input_ids[: k + 1]))
        for e in trained.sequences
        for k, label in enumerate(e.labels)
        if label != IGNORE and (k == 0 or e.labels[k - 1] == IGNORE)
    }
    asked = [k for k, m in enumerate(conversation.messages) if m.role == "assistant"]
    prompts, thinking = (
        {
            tuple(one.prompt_ids(conversation.messages[:k], system=conversation.system))
            for k in asked
        }
        for one in (made, made.thinking)
    )
    assert starts == prompts or (case == "thinking" and starts == thinking)
    ends = [
        label
        for e in trained.sequences
        for label, after in zip(e.labels, e.labels[1:], strict=False)
        if label != IGNORE and after == IGNORE
    ]
    assert len(ends) == len(contexts) and all(label in made.stop_ids for label in ends)
    for encoded in trained.sequences:
        pairs = zip(encoded.labels, encoded.input_ids[1:], strict=False)
        assert all(label in (IGNORE, following) for label, following in pairs)


@pytest.mark.parametrize("name", ENTRIES)
def test_nothing_of_an_answer_is_lost(name: str) -> None:
    made = template(name)
    for conversation in MATRIX.values():
        try:
            trained = training(made, conversation)
        except TemplateError:
            continue
        text = made.tokenizer.decode(
            token for e in trained.sequences for token in e.labels if token != IGNORE
        )
        for message in conversation.messages:
            if message.role == "assistant":
                wanted = message.text.split("</think>")[-1]
                assert "".join(wanted.split()) in "".join(text.split())


def test_every_own_template_ships_beside_its_tokenizer(shared: Path) -> None:
    for folder in sorted((shared / "data/tokenizers").glob("[!_]*")):
        if (folder / "chat_template.jinja").exists():
            made = Template.resolve("AUTO", tokenizer(folder.name), now=NOW)
            assert made.source == "own" and made.stop_ids


WITHOUT = [name for name, entry in INDEX.items() if not entry["tokenizer"]]


@pytest.mark.parametrize("name", WITHOUT)
def test_texts_are_the_golden_ones_where_no_tokenizer_is_kept(name: str) -> None:
    if name not in golden():
        pytest.skip("no golden rows: it prints today's date")
    made = Template(
        near(name),
        jinja_of(name),
        name=name,
        tools_prompt="own",
        now=NOW,
        variables=specials_of(name),
    )
    for row, case in cases(name):
        given = case["messages"], case.get("tools"), case["add_generation_prompt"]
        if "error" in row:
            with pytest.raises(TemplateError):
                made.render(*given)
        else:
            assert made.render(*given) == row["text"], row["case"]


def test_every_golden_row_is_looked_at() -> None:
    assert set(golden()) <= {*ENTRIES, *WITHOUT}
