"""The templates we wrote give the texts of the models' own, where those are kept."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from burnish.catalog.find import find_template, template_names
from burnish.core.errors import TemplateError
from burnish.data.sandbox import compile_template
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

PROOF = {
    "chatml": ("chatml", "qwen3-instruct-2507"),
    "qwen": ("qwen2",),
    "qwen2_5": ("qwen2.5",),
    "smollm2": ("smollm2",),
    "yi": ("yi",),
    "internlm2": ("internlm2",),
    "llama": ("llama-2",),
    "llama3": ("llama-3",),
    "llama3_1": ("llama-3.1",),
    "llama3_2": ("llama-3.2",),
    "mistral": ("mistral-v0.2",),
    "zephyr": ("tinyllama",),
    "chatglm3": ("chatglm3",),
    "chatglm4": ("glm-4",),
    "gemma": ("gemma-2",),
    "deepseek": ("deepseek-llm",),
    "deepseek3": ("deepseek-v3",),
    "phi3": ("phi-3", "phi-3.5"),
}
TEXT_ONLY = {"deepseek"}  # its tokenizer is not kept, so only texts are compared


def test_what_is_called_proven_is_proven_here() -> None:
    proven = {name for name in template_names() if find_template(name).proven}
    assert proven == set(PROOF) - TEXT_ONLY


@pytest.mark.parametrize("name", template_names())
def test_every_template_is_jinja(name: str) -> None:
    compile_template(find_template(name).jinja, datetime(2024, 7, 26))


@pytest.mark.shared
@pytest.mark.parametrize(("name", "golden"), [(n, g) for n, many in PROOF.items() for g in many])
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
