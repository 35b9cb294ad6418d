"""A tokenizer is its `tokenizer.json` as it lies in the folder; nothing rebuilds it from a class.

Some loaders rebuild the tokenizer of a folder that names LlamaTokenizer or GPT2Tokenizer from its
vocabulary, and then
give other ids than the model was trained on. The `tokenizers` library reads the file as it is, and
without torch.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import tokenizers

from burnish.core.errors import ModelError
from burnish.core.log import log
from burnish.data.tokenizer_files import (
    SAVE_HINT,
    add_tokens,
    chat_templates,
    named_specials,
    not_null,
    read_json,
    stop_ids,
    why_no_tokenizer,
)

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
    "chat_template.jinja",
    "chat_template.json",
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """Ids, and for each the characters of the text that it covers: (start, end)."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class Tokenizer:
    """The tokenizer of a model folder, with its special tokens, templates and stop tokens."""

    def __init__(
        self,
        backend: Any,
        *,
        folder: Path | None = None,
        config: Mapping[str, Any] | None = None,
        chat_templates: Mapping[str, str] | None = None,
        stop_ids: Sequence[int] = (),
    ) -> None:
        self._backend = backend
        self._config = dict(config or {})
        self.folder = folder
        self.chat_templates = dict(chat_templates or {})
        self.special_tokens = named_specials(self._config)
        """bos_token, eos_token, ... -> its text, as chat templates name them."""
        self._added = {i: t for i, t in backend.get_added_tokens_decoder().items()}
        self._check_specials()
        self.stop_ids = _unique([*stop_ids, *([self.eos_id] if self.eos_id is not None else [])])
        """Ids that end an answer: of the generation config, else of the model config; then eos."""
        self._fingerprint: str | None = None

    @classmethod
    def load(cls, folder: Path | str) -> "Tokenizer":
        """The tokenizer of a model or checkpoint folder.

        Raises ModelError when the folder holds no `tokenizer.json` that can be read, or one
        that its other files contradict.
        """
        folder = Path(folder)
        path = folder / "tokenizer.json"
        config = read_json(folder / "tokenizer_config.json")
        if not path.is_file():
            raise ModelError(why_no_tokenizer(folder, config))
        try:
            backend = tokenizers.Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises plain Exception
            raise ModelError(
                f"{path} cannot be read: {error}. Replace it by a sound copy {SAVE_HINT}."
            ) from error
        backend.no_truncation()
        backend.no_padding()
        config = {**read_json(folder / "special_tokens_map.json"), **not_null(config)}
        add_tokens(backend, config, read_json(folder / "added_tokens.json"), folder)
        made = cls(
            backend,
            folder=folder,
            config=config,
            chat_templates=chat_templates(folder, config),
            stop_ids=stop_ids(folder),
        )
        _warn_of_no_bos(made, folder)
        return made

    def encode(self, text: str) -> list[int]:
        """Ids of a text; nothing is added, special tokens in the text become their ids."""
        return list(self._backend.encode(text, add_special_tokens=False).ids)

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text, over all cores."""
        batch = self._backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in batch]

    def encode_with_offsets(self, text: str) -> Encoding:
        """Ids, and the characters that each of them covers."""
        encoding = self._backend.encode(text, add_special_tokens=False)
        return Encoding(list(encoding.ids), [tuple(pair) for pair in encoding.offsets])

    def digest(self) -> str:
        """SHA-256 over the tokenizer's files, bytes and all; `fingerprint` where it has none."""
        if not (files := self.files()):
            return self.fingerprint()
        parts = [f"{path.name} {sha256(path.read_bytes()).hexdigest()}" for path in files]
        return sha256("\n".join(parts).encode()).hexdigest()

    def __reduce__(self) -> Any:
        """Another process reads the folder itself; that is faster than sending the vocabulary."""
        return super().__reduce_ex__(2) if self.folder is None else (Tokenizer.load, (self.folder,))

    def added_tokens(self) -> list[Any]:
        """The tokens that are looked for before a text is split, as `tokenizers.AddedToken`."""
        return list(self._added.values())

    def decode(self, ids: Iterable[int], skip_special: bool = False) -> str:
        """The text of some ids."""
        return str(self._backend.decode(list(ids), skip_special_tokens=skip_special))

    def token(self, token_id: int) -> str | None:
        """The token of an id, as the vocabulary spells it."""
        found = self._backend.id_to_token(token_id)
        return None if found is None else str(found)

    def id_of(self, token: str | None) -> int | None:
        """The id of a token, or None where the vocabulary does not have it."""
        found = None if token is None else self._backend.token_to_id(token)
        return None if found is None else int(found)

    def is_special(self, token_id: int) -> bool:
        """Whether an id is an added token (a marker) and no piece of text."""
        return token_id in self._added or token_id in self._named_ids

    @cached_property
    def vocab_size(self) -> int:
        """One more than the largest id: what the embedding must hold at least."""
        vocabulary = self._backend.get_vocab(with_added_tokens=True)
        return int(max(vocabulary.values())) + 1

    @property
    def bos_token(self) -> str | None:
        return self.special_tokens.get("bos_token")

    @property
    def eos_token(self) -> str | None:
        return self.special_tokens.get("eos_token")

    @property
    def pad_token(self) -> str | None:
        return self.special_tokens.get("pad_token")

    @property
    def bos_id(self) -> int | None:
        return self.id_of(self.bos_token)

    @property
    def eos_id(self) -> int | None:
        return self.id_of(self.eos_token)

    @property
    def pad_id(self) -> int:
        """What fills a row: pad, else eos, else 0; it never carries loss."""
        for found in (self.id_of(self.pad_token), self.eos_id):
            if found is not None:
                return found
        return 0

    @property
    def chat_template(self) -> str | None:
        """The model's own chat template, where it brings one."""
        return self.chat_templates.get("default")

    def text_prefix(self) -> list[int]:
        """Ids before a plain text: as `add_bos_token` says; without it, as the post-processor does.

        ChatGLM's post-processor writes two tokens, [gMASK] and sop.
        """
        inner = self._backend.encode("a", add_special_tokens=False).ids
        whole = self._backend.encode("a", add_special_tokens=True).ids
        prefix = list(whole[: _find(whole, inner)])
        wanted = self._config.get("add_bos_token")
        if wanted is True and not prefix and self.bos_id is not None:
            return [self.bos_id]
        if wanted is False and prefix == [self.bos_id]:
            return []
        return prefix

    def files(self) -> list[Path]:
        """The files that make up this tokenizer, to be copied byte for byte."""
        if self.folder is None:
            return []
        named = [self.folder / name for name in TOKENIZER_FILES]
        more = sorted((self.folder / "additional_chat_templates").glob("*.jinja"))
        return [path for path in (*named, *more) if path.is_file()]

    def fingerprint(self) -> str:
        """sha256 over what decides ids: vocabulary, merges, rules, special tokens; not over spacing
        or templates.
        """
        if self._fingerprint is None:
            state = json.loads(self._backend.to_str())
            content = [state, sorted(self.special_tokens.items())]
            text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
            self._fingerprint = sha256(text.encode()).hexdigest()
        return self._fingerprint

    @cached_property
    def _named_ids(self) -> set[int]:
        found = (self.id_of(token) for token in self.special_tokens.values())
        return {token_id for token_id in found if token_id is not None}

    def _check_specials(self) -> None:
        where = f"{self.folder}/tokenizer_config.json" if self.folder else "the tokenizer's config"
        for name, token in list(self.special_tokens.items()):
            if self.id_of(token) is not None:
                continue
            if name in ("bos_token", "eos_token"):
                raise ModelError(
                    f"{where} names {name} {token!r}, which tokenizer.json does not have. "
                    f"Take both files of one and the same model, or correct {name}."
                )
            log.warning(
                "%s names %s %r, which tokenizer.json does not have: left out", where, name, token
            )
            del self.special_tokens[name]


def _warn_of_no_bos(tokenizer: Tokenizer, folder: Path) -> None:
    """A template that begins with bos_token renders nothing there where no file names one."""
    uses = re.search(r"\bbos_token\b", tokenizer.chat_template or "")
    if not uses or tokenizer.bos_token is not None:
        return
    config = read_json(folder / "config.json")
    inner = config.get("text_config")
    holders = (config, inner if isinstance(inner, dict) else {})
    found = next((i for h in holders if isinstance(i := h.get("bos_token_id"), int)), None)
    if found is not None:
        log.warning(
            "%s: the chat template writes bos_token, which tokenizer_config.json does not name: "
            "nothing stands in its place, though config.json has bos_token_id %d (%r). If the "
            "model was trained with it, name it in tokenizer_config.json",
            folder,
            found,
            tokenizer.token(found),
        )


def _find(whole: Sequence[int], inner: Sequence[int]) -> int:
    for start in range(len(whole) - len(inner) + 1):
        if list(whole[start : start + len(inner)]) == list(inner):
            return start
    return 0


def _unique(ids: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(ids))
