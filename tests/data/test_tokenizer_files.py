"""What lies beside tokenizer.json is taken up, or refused by file and key."""

import json
import logging
from pathlib import Path

import pytest

from burnish.core.errors import ModelError
from burnish.data.tokenizer import Tokenizer


def edit(path: Path, **changes: object) -> None:
    content = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**content, **changes}))


def test_stop_ids_come_from_the_generation_config_first(folder: Path) -> None:
    edit(folder / "config.json", eos_token_id=1)
    assert Tokenizer.load(folder).stop_ids == (1, 258)
    edit(folder / "generation_config.json", eos_token_id=[257, 256])
    assert Tokenizer.load(folder).stop_ids == (257, 256, 258)


def test_special_tokens_may_be_objects(folder: Path) -> None:
    edit(folder / "tokenizer_config.json", eos_token={"content": "<|endoftext|>", "lstrip": False})
    assert Tokenizer.load(folder).eos_id == 256


def test_a_special_tokens_map_fills_what_the_config_leaves_out(folder: Path) -> None:
    edit(folder / "tokenizer_config.json", eos_token=None)
    edit(folder / "special_tokens_map.json", eos_token="<|endoftext|>", bos_token="<|im_start|>")
    tokenizer = Tokenizer.load(folder)
    assert (tokenizer.eos_token, tokenizer.bos_id) == ("<|endoftext|>", 257)


def test_a_token_of_the_config_is_taken_up_under_its_id(folder: Path) -> None:
    edit(
        folder / "tokenizer_config.json",
        added_tokens_decoder={"259": {"content": "<tool>", "special": True}},
    )
    assert Tokenizer.load(folder).encode("<tool>") == [259]


def test_a_token_of_the_config_under_another_id_is_refused(folder: Path) -> None:
    edit(folder / "tokenizer_config.json", added_tokens_decoder={"400": {"content": "<tool>"}})
    with pytest.raises(
        ModelError, match=r"config\.json gives '<tool>' the id 400, .* lacks it"
    ) as e:
        Tokenizer.load(folder)
    assert "259 as its next free id" in str(e.value)
    edit(folder / "tokenizer_config.json", added_tokens_decoder=None)
    edit(folder / "added_tokens.json", **{"<|im_end|>": 257})
    with pytest.raises(ModelError, match=r"added_tokens\.json gives .* gives it 258"):
        Tokenizer.load(folder)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"chat_template": [{"name": "default"}]}, r"chat_template holds \{'name': 'default'\}"),
        ({"chat_template": ["text"]}, "chat_template holds text"),
        ({"chat_template": {"default": "text"}}, "chat_template holds"),
        ({"chat_template": 3}, "chat_template holds 3"),
        ({"added_tokens_decoder": {"abc": {"content": "<x>"}}}, "the key 'abc', which is no id"),
        ({"added_tokens_decoder": ["<x>"]}, "added_tokens_decoder is no JSON object"),
    ],
)
def test_a_malformed_config_is_told_by_file_and_key(
    folder: Path, changes: dict[str, object], says: str
) -> None:
    edit(folder / "tokenizer_config.json", **changes)
    with pytest.raises(ModelError, match=rf"tokenizer_config\.json: .*{says}"):
        Tokenizer.load(folder)


def test_extra_special_tokens_may_have_names(folder: Path) -> None:
    """Plain entries of the vocabulary become special; the names are no tokens."""
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    content["model"]["vocab"] |= {"<image>": 259, "image_token": 260}
    path.write_text(json.dumps(content))
    assert len(Tokenizer.load(folder).encode("<image>")) == 7
    edit(folder / "tokenizer_config.json", extra_special_tokens={"image_token": "<image>"})
    tokenizer = Tokenizer.load(folder)
    assert tokenizer.encode("<image>") == [259] and tokenizer.is_special(259)
    assert len(tokenizer.encode("image_token")) == 11


def test_a_template_whose_bos_nobody_names_is_told(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("burnish"), "propagate", True)
    (folder / "chat_template.jinja").write_text("{{ bos_token }}{{ messages[0].content }}")
    Tokenizer.load(folder)
    assert not caplog.records, "a model without bos"
    edit(folder / "config.json", bos_token_id=257)
    Tokenizer.load(folder)
    assert "bos_token_id 257 ('<|im_start|>')" in caplog.text
    caplog.clear()
    edit(folder / "tokenizer_config.json", bos_token="<|im_start|>")
    Tokenizer.load(folder)
    assert not caplog.records


def test_an_eos_that_the_vocabulary_lacks_is_refused(folder: Path) -> None:
    edit(folder / "tokenizer_config.json", eos_token="</s>")
    with pytest.raises(ModelError, match="names eos_token '</s>'"):
        Tokenizer.load(folder)


def test_chat_templates_by_name_and_from_files(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()
    named = [{"name": "default", "template": "D"}, {"name": "tool_use", "template": "T"}]
    edit(folder / "tokenizer_config.json", chat_template=named)
    assert Tokenizer.load(folder).chat_templates == {"default": "D", "tool_use": "T"}
    edit(folder / "chat_template.json", chat_template="J")
    assert Tokenizer.load(folder).chat_template == "J"
    (folder / "chat_template.jinja").write_text("F")
    assert Tokenizer.load(folder).chat_template == "F"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"tokenizer.model": "x"}, "SentencePiece"),
        ({"vocab.json": "{}", "merges.txt": ""}, "vocab.json"),
        ({"tokenizer_config.json": '{"auto_map": {}, "tokenizer_class": "Odd"}'}, "Python code"),
        ({}, "holds no tokenizer.json"),
        ({"tokenizer.json": "{"}, "cannot be read"),
        ({"tokenizer_config.json": "{"}, "is not JSON"),
    ],
)
def test_folders_without_a_sound_tokenizer(
    tmp_path: Path, files: dict[str, str], says: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(ModelError, match=says):
        Tokenizer.load(tmp_path)
