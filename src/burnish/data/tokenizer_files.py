"""What the files of a model folder say of its tokenizer beside `tokenizer.json` itself: special
and added tokens, chat templates, stop tokens.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tokenizers

from burnish.core.errors import ModelError
from burnish.core.log import log

NAMED_SPECIALS = ("bos_token", "eos_token", "pad_token", "unk_token", "sep_token", "cls_token")

SAVE_HINT = (
    "from a trusted source, or write one with "
    "`AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)`"
)


def read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is not JSON: {error}. Replace it by a sound copy.") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path} holds no JSON object. Replace it by a sound copy.")
    return content


def _read_template(path: Path) -> str:
    """The text byte for byte: line ends are part of a template."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ModelError(f"{path} is not UTF-8: {error}. Replace it by a sound copy.") from error


def not_null(config: Mapping[str, Any]) -> dict[str, Any]:
    """Without the keys that say null: they must not hide what another file names."""
    return {key: value for key, value in config.items() if value is not None}


def _text(token: Any) -> str | None:
    """A token given as its text, or as an object with a `content`."""
    if isinstance(token, Mapping):
        token = token.get("content")
    return token if isinstance(token, str) and token else None


def named_specials(config: Mapping[str, Any]) -> dict[str, str]:
    found = {name: _text(config.get(name)) for name in NAMED_SPECIALS}
    return {name: token for name, token in found.items() if token is not None}


def add_tokens(
    backend: Any, config: Mapping[str, Any], added: Mapping[str, Any], folder: Path
) -> None:
    """Take up tokens that the other files name and `tokenizer.json` lacks, each under the id it
    must have.
    """
    known = {token.content for token in backend.get_added_tokens_decoder().values()}
    decoder = _decoder(config, folder)
    wanted: dict[int, Any] = {}
    for key, token in decoder.items():
        if (content := _text(token)) is not None:
            wanted[key] = token if isinstance(token, Mapping) else {"content": content}
    for content, token_id in added.items():
        if isinstance(token_id, int):
            wanted.setdefault(token_id, {"content": content})
    _mark_specials(backend, config, known | set(map(_text, decoder.values())), folder)
    for token_id, token in sorted(wanted.items()):
        content = str(_text(token))
        own = backend.token_to_id(content)
        if content not in known:
            flags = {
                k: token[k] for k in ("lstrip", "rstrip", "normalized", "single_word") if k in token
            }
            add = tokenizers.AddedToken(content, special=bool(token.get("special", True)), **flags)
            backend.add_tokens([add])
        if (found := backend.token_to_id(content)) != token_id:
            file = "tokenizer_config.json" if token_id in decoder else "added_tokens.json"
            lacks = f"lacks it and has {found} as its next free id"
            raise ModelError(
                f"{folder / file} gives {content!r} the id {token_id}, tokenizer.json "
                f"{lacks if own is None else f'gives it {own}'}. "
                "Take all tokenizer files of one and the same model."
            )


def _decoder(config: Mapping[str, Any], folder: Path) -> dict[int, Any]:
    """added_tokens_decoder: a token for each id. Raises ModelError where a key is no id."""
    given = config.get("added_tokens_decoder") or {}
    where = f"{folder / 'tokenizer_config.json'}: added_tokens_decoder"
    if not isinstance(given, Mapping):
        raise ModelError(f"{where} is no JSON object. Replace the file by a sound copy.")
    for key in given:
        if not re.fullmatch("[0-9]+", key):
            raise ModelError(
                f"{where} has the key {key!r}, which is no id. Replace the file by a sound copy."
            )
    return {int(key): token for key, token in given.items()}


def _mark_specials(
    backend: Any, config: Mapping[str, Any], known: set[str | None], folder: Path
) -> None:
    """Special tokens that are plain entries of the vocabulary must be found whole, too."""
    more = [
        *_listed(config.get("additional_special_tokens")),
        *_listed(config.get("extra_special_tokens")),
    ]
    for content in dict.fromkeys([*named_specials(config).values(), *more]):
        if content in known:
            continue
        if backend.token_to_id(content) is not None:
            backend.add_special_tokens(
                [tokenizers.AddedToken(content, special=True, normalized=False)]
            )
        elif content in more:
            log.warning(
                "%s: special token %r is not in tokenizer.json and stays plain text",
                folder,
                content,
            )


def _listed(tokens: Any) -> list[str]:
    """The texts of tokens that are given as a list, or each under a name."""
    values = tokens.values() if isinstance(tokens, Mapping) else tokens or []
    return [token for token in map(_text, values) if token is not None]


def chat_templates(folder: Path, config: Mapping[str, Any]) -> dict[str, str]:
    """Chat templates by name; files of their own come before the config."""
    own_json = folder / "chat_template.json"
    found = _templates_in(config, folder / "tokenizer_config.json")
    found.update(_templates_in(read_json(own_json), own_json))
    for path in sorted((folder / "additional_chat_templates").glob("*.jinja")):
        found[path.stem] = _read_template(path)
    own = folder / "chat_template.jinja"
    if own.is_file():
        found["default"] = _read_template(own)
    return found


def _templates_in(holder: Mapping[str, Any], path: Path) -> dict[str, str]:
    """The key chat_template: one text, or a list of {"name": ..., "template": ...}."""
    given = holder.get("chat_template") or []
    if isinstance(given, str):
        return {"default": given}
    found: dict[str, str] = {}
    for entry in given if isinstance(given, list) else [given]:
        pair = (entry.get("name"), entry.get("template")) if isinstance(entry, dict) else ()
        if not pair or not all(isinstance(text, str) for text in pair):
            raise ModelError(
                f"{path}: chat_template holds {str(entry)[:80]}, which is not of the form "
                '{"name": ..., "template": ...} with two texts. Complete it, or replace the file '
                "by a sound copy."
            )
        found[str(pair[0])] = str(pair[1])
    return found


def stop_ids(folder: Path) -> list[int]:
    """eos_token_id of generation_config.json, else of config.json (or its text part)."""
    config = read_json(folder / "config.json")
    text = config.get("text_config")
    holders = [read_json(folder / "generation_config.json"), config]
    if isinstance(text, dict):
        holders.append(text)
    for holder in holders:
        given = holder.get("eos_token_id")
        ids = given if isinstance(given, list) else [given]
        if ids := [i for i in ids if isinstance(i, int) and not isinstance(i, bool)]:
            return ids
    return []


def why_no_tokenizer(folder: Path, config: Mapping[str, Any]) -> str:
    if not folder.is_dir():
        return f"{folder} is no folder. Give the folder of a model, with its tokenizer.json."
    kind = str(config.get("tokenizer_class") or "a tokenizer")
    if "auto_map" in config:
        has = f"{kind}, which lives in Python code of its own that burnish does not run"
    elif (folder / "tokenizer.model").is_file():
        has = "tokenizer.model, a SentencePiece model whose conversion cannot be checked here"
    elif (folder / "vocab.json").is_file():
        has = f"vocab.json, from which {kind} would have to be rebuilt by guessing its rules"
    else:
        return f"{folder} holds no tokenizer.json. Copy the model's own tokenizer files there."
    return (
        f"{folder} holds no tokenizer.json, only {has}. "
        f"Take tokenizer.json {SAVE_HINT}, and compare ids with the original."
    )
