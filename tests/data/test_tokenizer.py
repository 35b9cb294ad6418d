import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from burnish.data.tokenizer import Tokenizer

REFERENCES = ("gpt2", "llama-2", "llama-3.1", "phi-3", "qwen2.5")
REBUILT = (("llama-2", "LlamaTokenizer"), ("yi", "LlamaTokenizer"), ("smollm2", "GPT2Tokenizer"))


def edit(path: Path, **changes: object) -> None:
    content = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**content, **changes}))


@pytest.mark.shared
@pytest.mark.parametrize("name", REFERENCES)
def test_ids_are_those_of_the_models_own_tokenizer(shared: Path, name: str) -> None:
    reference = shared / "data/tokenizers/_reference"
    texts = (reference / f"{name}.inp").read_bytes().decode().split("\n__ggml_vocab_test__\n")
    lines = (reference / f"{name}.out").read_text().removesuffix("\n").split("\n")
    wanted = [[int(token) for token in line.split()] for line in lines]
    tokenizer = Tokenizer.load(shared / "data/tokenizers" / name)
    assert len(wanted) == 46
    assert [tokenizer.encode(text) for text in texts[:46]] == wanted
    assert tokenizer.encode_batch(texts[:46]) == wanted


@pytest.mark.shared
@pytest.mark.parametrize("name", ("chatglm2", "chatglm3", "glm-4", "baichuan2"))
def test_ids_are_those_of_a_second_implementation(shared: Path, name: str) -> None:
    known = json.loads((shared / "data/tokenizers/_reference/chatglm.cpp.json").read_text())
    tokenizer = Tokenizer.load(shared / "data/tokenizers" / name)
    prefix = tokenizer.text_prefix() if name.startswith("chatglm") else []
    for case in known.get(name, []):
        assert [*prefix, *tokenizer.encode(case["text"])] == case["ids"]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "kind"), REBUILT)
def test_the_class_that_a_folder_names_changes_nothing(
    shared: Path, tmp_path: Path, name: str, kind: str
) -> None:
    """Real folders of these models name classes from which some loaders rebuild the tokenizer."""
    plain = shared / "data/tokenizers" / name
    real = tmp_path / name
    real.mkdir()
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(plain / file, real / file)
    edit(real / "tokenizer_config.json", tokenizer_class=kind, legacy=False)
    edit(real / "config.json", model_type="llama")
    texts = ["<s>[INST] 12 345 [/INST]", "a  b\n c", "你好 1999", "<|im_start|>user\nhi"]
    assert Tokenizer.load(real).encode_batch(texts) == Tokenizer.load(plain).encode_batch(texts)


@pytest.mark.shared
def test_llama_2_gives_the_ids_it_was_trained_on(shared: Path) -> None:
    assert Tokenizer.load(shared / "data/tokenizers/llama-2").encode("<s>[INST]")[:2] == [1, 518]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("llama-2", [1]),
        ("yi", []),
        ("deepseek-v3", [0]),  # asked for by the config, absent from the post-processor
        ("chatglm3", [64790, 64792]),
        ("qwen2.5", []),
    ],
)
def test_what_stands_before_plain_text(shared: Path, name: str, prefix: list[int]) -> None:
    assert Tokenizer.load(shared / "data/tokenizers" / name).text_prefix() == prefix


def test_loading_one_imports_no_torch(folder: Path) -> None:
    code = (
        "import sys; from burnish.data.tokenizer import Tokenizer; "
        f"Tokenizer.load({str(folder)!r}); "
        "print([m for m in ('torch', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_text_comes_back(tokenizer: Tokenizer) -> None:
    text = "tab\tand é 😀 <|im_end|>"
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.decode(tokenizer.encode(text), skip_special=True).endswith("😀 ")


def test_padding_and_truncation_in_the_file_are_switched_off(folder: Path) -> None:
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    content["truncation"] = {
        "direction": "Right",
        "max_length": 3,
        "strategy": "LongestFirst",
        "stride": 0,
    }
    path.write_text(json.dumps(content))
    assert len(Tokenizer.load(folder).encode("longer than three")) == 17


def test_a_fingerprint_ignores_spacing_and_notices_tokens(folder: Path, tmp_path: Path) -> None:
    before = Tokenizer.load(folder).fingerprint()
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text()), indent=1))
    assert Tokenizer.load(folder).fingerprint() == before
    edit(folder / "tokenizer_config.json", eos_token="<|endoftext|>")
    assert Tokenizer.load(folder).fingerprint() != before


def test_files_are_those_to_copy(folder: Path) -> None:
    names = {path.name for path in Tokenizer.load(folder).files()}
    assert names == {"tokenizer.json", "tokenizer_config.json", "chat_template.jinja"}
