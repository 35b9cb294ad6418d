"""The templates we wrote give the texts of the models' own, where those are kept."""

import csv
import json
from datetime import datetime
from pathlib import Path

import pytest

from burnish.catalog.find import find_template, template_names
from burnish.core.errors import TemplateError
from burnish.data.sandbox import compile_template
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

PROOF = [(name, golden) for name in template_names() for golden in find_template(name).proven]
PRINTS_TODAY = {"gpt-oss"}
"""Templates without kept texts: they print today's date, so they are rendered side by side."""


def test_every_kept_template_of_a_maker_has_a_named_one(shared: Path) -> None:
    """Left out: other revisions of one model's template, and those that others wrote."""
    index = json.loads((shared / "data/templates/index.json").read_text())
    proven = {golden for _, golden in PROOF}
    without = {entry["name"] for entry in index if entry["own"]} - proven
    assert without == {
        "gemma",
        "internlm2-first",
        "mistral-small-3.2",
        "mistral-v0.1",
        "mistral-v0.2-system",
        "phi-3-medium",
    }


def test_every_template_type_of_the_list_is_there(shared: Path) -> None:
    with (shared / "spec/templates.csv").open(encoding="utf-8") as file:
        wanted = {row["template_type"] for row in csv.DictReader(file)}
    assert wanted <= set(template_names())
    reasons = {name: find_template(name).unavailable for name in wanted}
    told = {name for name in wanted if reasons[name]}
    assert told == {
        "internlm-xcomposer2",
        "internlm-xcomposer2-4khd",
        "internlm-xcomposer2_5",
    }


@pytest.mark.parametrize("name", template_names())
def test_every_template_is_jinja(name: str) -> None:
    compile_template(find_template(name).jinja, datetime(2024, 7, 26))


@pytest.mark.shared
@pytest.mark.parametrize(("name", "golden"), [p for p in PROOF if p[1] not in PRINTS_TODAY])
def test_texts_and_ids_are_those_of_the_models_own(shared: Path, name: str, golden: str) -> None:
    folder = shared / "data/templates"
    entry = next(e for e in json.loads((folder / "index.json").read_text()) if e["name"] == golden)
    cases = json.loads((folder / "cases.json").read_text())
    render = compile_template(find_template(name).jinja, datetime(2024, 7, 26))
    specials = {"bos_token": entry["bos_token"], "eos_token": entry["eos_token"]}
    tokenizer = None
    if entry["tokenizer"]:
        tokenizer = Tokenizer.load(shared / "data/tokenizers" / entry["tokenizer"])
    seen = 0
    for line in (folder / "golden.jsonl").read_text(encoding="utf-8").split("\n"):
        row = json.loads(line) if line else {}
        if row.get("template") != golden or "tools" in (case := cases[row["case"]]):
            continue
        given = {
            "messages": case["messages"],
            "add_generation_prompt": case["add_generation_prompt"],
        }
        seen += 1
        if "error" in row:
            with pytest.raises(TemplateError):
                render(**given, **specials)
            continue
        text = render(**given, **specials)
        assert text == row["text"]
        if tokenizer is not None and "ids" in row:
            assert tokenizer.encode(text) == row["ids"]
    assert seen == 7


@pytest.mark.shared
def test_a_template_that_prints_today_is_compared_side_by_side(shared: Path) -> None:
    folder, now = shared / "data/templates", datetime(2026, 1, 2)
    theirs = compile_template((folder / "gpt-oss.jinja").read_text(encoding="utf-8"), now)
    ours = compile_template(find_template("gpt_oss").jinja, now)
    for case in json.loads((folder / "cases.json").read_text()).values():
        if "tools" not in case:
            assert ours(**case) == theirs(**case)
    thought = [
        {"role": "user", "content": "2+2?"},
        {"role": "assistant", "content": "4", "thinking": "Simple."},
    ]
    assert ours(messages=thought) == theirs(messages=thought)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "golden"),
    [
        ("qwen3", "qwen3"),
        ("qwen3_5", "qwen3.5"),
        ("minimind", "minimind"),
        ("glm4_5", "glm-4.5"),
        ("deepseek_r1", "deepseek-r1"),
    ],
)
def test_thinking_is_shown_where_the_models_own_shows_it(
    shared: Path, name: str, golden: str
) -> None:
    path = shared / "data/templates" / f"{golden}.jinja"
    theirs = compile_template(path.read_text(encoding="utf-8"), datetime(2026, 1, 2))
    ours = compile_template(find_template(name).jinja, datetime(2026, 1, 2))
    said = [
        {"role": "user", "content": "2+2?"},
        {"role": "assistant", "content": "<think>\nhm\n</think>\n\n4"},
        {"role": "user", "content": "3+3?"},
        {"role": "assistant", "content": " \n6", "reasoning_content": "\nso \n"},
    ]
    for end in range(1, len(said) + 1):
        for prompt in (True, False):
            given = {"messages": said[:end], "add_generation_prompt": prompt}
            assert ours(**given) == theirs(**given)


@pytest.mark.shared
def test_chatglm2_gives_the_ids_of_a_second_implementation(shared: Path) -> None:
    known = json.loads((shared / "data/tokenizers/_reference/chatglm.cpp.json").read_text())
    template = Template.named("chatglm2", Tokenizer.load(shared / "data/tokenizers/chatglm2"))
    for case in known["chatglm2"]:
        if case["text"].startswith("[Round 1]"):
            rounds = case["text"].split("\n\n问：")[1:]
            messages = []
            for one in rounds:
                question, _, answer = one.partition("\n\n答：")
                messages.append({"role": "user", "content": question})
                if answer:
                    text = answer.rpartition("\n\n[Round")[0]
                    messages.append({"role": "assistant", "content": text})
            assert template.prompt_ids(messages) == case["ids"]


@pytest.mark.shared
def test_chatglm3_gives_the_conversations_of_a_second_implementation(shared: Path) -> None:
    known = json.loads((shared / "data/tokenizers/_reference/chatglm.cpp.json").read_text())
    for chat in known["chat"]:
        name = {"chatglm3": "chatglm3", "glm-4": "chatglm4"}[chat["tokenizer"]]
        tokenizer = Tokenizer.load(shared / "data/tokenizers" / chat["tokenizer"])
        assert Template.named(name, tokenizer).prompt_ids(chat["messages"]) == chat["ids"]
