"""A chat template that is proven, never trusted: messages to text and ids, the same for training,
inference and serving.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from burnish.catalog.find import find_template
from burnish.catalog.templates.spec import TemplateSpec
from burnish.core.errors import TemplateError
from burnish.core.log import log
from burnish.data.probe import TurnEnd, read_default_system, read_end, turn
from burnish.data.proof import WEATHER, prove, verify
from burnish.data.sample import Message, Sample
from burnish.data.sandbox import compile_template
from burnish.data.tokenizer import Tokenizer

TEMPLATE_FILE = "template.json"
COMPARED = {
    "sha256": "the text of the chat template",
    "system": "the system prompt",
    "stop_ids": "the tokens that end an answer",
    "special_tokens": "the special tokens",
    "tokenizer_fingerprint": "the tokenizer",
}

Turn = Message | Mapping[str, Any]


class Template:
    """A chat template with the tokenizer it writes for. `system` is the run's system prompt: None
    leaves the template's own.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        jinja: str,
        *,
        name: str,
        source: Literal["own", "named"] = "own",
        spec: TemplateSpec | None = None,
        tool_jinja: str | None = None,
        system: str | None = None,
        now: datetime | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.tokenizer, self.jinja, self.tool_jinja = tokenizer, jinja, tool_jinja
        self.name, self.source, self.spec, self.system = name, source, spec, system
        self.now = now or datetime.now()
        self.variables = {**tokenizer.special_tokens, **(variables or {})}
        self._render = compile_template(jinja, self.now, self.label)
        self._render_tools = compile_template(tool_jinja, self.now) if tool_jinja else self._render

    @classmethod
    def own(cls, tokenizer: Tokenizer, **options: Any) -> "Template":
        """The template that the model brings. Raises TemplateError where it brings none."""
        if tokenizer.chat_template is None:
            raise TemplateError(
                f"{tokenizer.folder} brings no chat template. Choose one that the model was "
                "trained on "
                "with --template_type (`burnish list templates` names them)."
            )
        tools = tokenizer.chat_templates.get("tool_use")
        return cls(tokenizer, tokenizer.chat_template, name="own", tool_jinja=tools, **options)

    @classmethod
    def named(cls, spec: TemplateSpec | str, tokenizer: Tokenizer, **options: Any) -> "Template":
        """A template of the catalog, for this tokenizer."""
        spec = find_template(spec) if isinstance(spec, str) else spec
        return cls(tokenizer, spec.jinja, name=spec.name, source="named", spec=spec, **options)

    @classmethod
    def resolve(
        cls,
        template_type: str,
        tokenizer: Tokenizer,
        model_default: str | None = None,
        *,
        command: str = "sft",
        system: str | None = None,
        allow_mismatch: bool = False,
        now: datetime | None = None,
    ) -> "Template":
        """The template of a run, proven.

        AUTO takes the model's own; where it brings none, `model_default` (the model
        type's), and for `pt` plain text. A named
        one must give the ids of the model's own. Raises TemplateError, or UsageError for an
        unknown name.
        """
        own = cls.own(tokenizer, system=system, now=now) if tokenizer.chat_template else None
        if template_type != "AUTO":
            chosen = cls.named(template_type, tokenizer, system=system, now=now)
        elif own is not None:
            chosen = own
        elif model_default is not None:
            chosen = cls.named(model_default, tokenizer, system=system, now=now)
        elif command == "pt":
            chosen = cls.named("default-generation", tokenizer, system=system, now=now)
        else:
            chosen = cls.own(tokenizer)
        prove(chosen)
        if own is not None and chosen is not own and not chosen.is_generation:
            try:
                verify(chosen, own)
            except TemplateError as error:
                if not allow_mismatch:
                    raise
                log.warning("%s", error)
        return chosen

    @classmethod
    def from_saved(cls, folder: Path | str, tokenizer: Tokenizer | None = None) -> "Template":
        """The template that a checkpoint was trained with, from its `template.json`.

        Raises TemplateError when the file is missing or damaged.
        """
        path = Path(folder) / TEMPLATE_FILE
        saved = read_saved(path)
        return cls(
            tokenizer or Tokenizer.load(folder),
            saved["jinja"],
            name=saved["name"],
            source=saved["source"],
            spec=TemplateSpec(saved["name"], saved["jinja"], **saved["spec"])
            if saved.get("spec")
            else None,
            tool_jinja=saved.get("tool_jinja"),
            system=saved.get("system"),
            now=datetime.fromisoformat(saved["now"]) if saved.get("now") else None,
        )

    def render(
        self,
        messages: Sequence[Turn],
        tools: Sequence[Mapping[str, Any]] | None = None,
        add_generation_prompt: bool = False,
        system: str | None = None,
    ) -> str:
        """The conversation as text.

        `system` goes before the run's system prompt, a system turn in `messages` before both.

        Raises TemplateError with the template's own words when it refuses the conversation.
        """
        turns = self._with_system([as_dict(message) for message in messages], system)
        render = self._render_tools if tools else self._render
        return render(
            messages=turns,
            tools=list(tools) if tools else None,
            documents=None,
            add_generation_prompt=add_generation_prompt,
            **self.variables,
        )

    def prompt_ids(
        self,
        messages: Sequence[Turn],
        tools: Sequence[Mapping[str, Any]] | None = None,
        system: str | None = None,
    ) -> list[int]:
        """What the model is given when it is to answer: ids with the generation prompt."""
        return self.tokenizer.encode(self.render(messages, tools, True, system))

    def prompt_of(self, sample: Sample) -> list[int]:
        """The ids before the last answer of a sample."""
        turns = sample.messages
        if turns and turns[-1].role == "assistant":
            turns = turns[:-1]
        return self.prompt_ids(turns, sample.tools, sample.system)

    def text_batch(self, samples: Sequence[Sample]) -> list[list[int]]:
        """Plain texts for pretraining: what the tokenizer puts in front, the text, eos."""
        if not samples:
            return []
        eos = self.tokenizer.eos_id
        start, end = self.tokenizer.text_prefix(), [eos if eos is not None else self.end.stop_id]
        texts = self.tokenizer.encode_batch([sample.text or "" for sample in samples])
        return [[*start, *ids, *end] for ids in texts]

    @property
    def is_generation(self) -> bool:
        """Whether it writes plain text without roles."""
        return self.spec is not None and self.spec.generation

    @property
    def stop_ids(self) -> tuple[int, ...]:
        """Every token that ends an answer, the one that is trained first."""
        named = (self.tokenizer.id_of(token) for token in (self.spec.stop if self.spec else ()))
        ids = [self.end.stop_id, *(i for i in named if i is not None), *self.tokenizer.stop_ids]
        return tuple(dict.fromkeys(ids))

    @cached_property
    def end(self) -> TurnEnd:
        """How answers end. Raises TemplateError where nothing can end one."""
        named = self.spec.stop if self.spec else ()
        return read_end(self.plain, self.tokenizer, named, self.label)

    @cached_property
    def default_system(self) -> str:
        """The system prompt that the template writes when none is given; "" for none."""
        return read_default_system(self.plain)

    @cached_property
    def writes_tools(self) -> bool:
        """Whether tools that are given reach the text."""
        asked = [turn("user", "hi")]
        try:
            return self.render(asked, [WEATHER]) != self.render(asked)
        except TemplateError:
            return False

    @property
    def label(self) -> str:
        """How messages speak of it."""
        if self.source == "own":
            return f"the model's own chat template ({self.tokenizer.folder})"
        return f"template {self.name!r}"

    def describe(self) -> dict[str, Any]:
        """What `template.json` holds: enough to render the same, and to notice a difference."""
        spec = self.spec
        kept = (
            None
            if spec is None
            else {"stop": spec.stop, "markers": spec.markers, "generation": spec.generation}
        )
        return {
            "name": self.name,
            "source": self.source,
            "sha256": self.sha256,
            "jinja": self.jinja,
            "tool_jinja": self.tool_jinja,
            "spec": kept,
            "system": self.system,
            "default_system": self.default_system,
            "now": self.now.isoformat() if "strftime_now" in self.jinja else None,
            "special_tokens": dict(self.variables),
            "stop_ids": list(self.stop_ids),
            "stop_tokens": [self.tokenizer.token(i) for i in self.stop_ids],
            "tokenizer_fingerprint": self.tokenizer.fingerprint(),
        }

    @property
    def sha256(self) -> str:
        """Over the jinja text."""
        return hashlib.sha256((self.jinja + (self.tool_jinja or "")).encode()).hexdigest()

    def plain(self, turns: list[dict[str, Any]], add_generation_prompt: bool) -> str:
        """Rendered without tools and without the run's system prompt."""
        return self._render(
            messages=turns,
            tools=None,
            documents=None,
            add_generation_prompt=add_generation_prompt,
            **self.variables,
        )

    def _with_system(self, turns: list[dict[str, Any]], system: str | None) -> list[dict[str, Any]]:
        if turns and turns[0]["role"] == "system":
            return turns
        given = self.system if system is None else system
        if given:
            return [turn("system", given), *turns]
        if given == "" and self.default_system:
            raise TemplateError(
                f"no system prompt was asked for, but {self.label} then writes its own: "
                f"{self.default_system!r}. Give a system prompt, or a template without one "
                "(chatml, ...)."
            )
        return turns


def as_dict(message: Turn) -> dict[str, Any]:
    """A message as templates see it: role, content, and what else it carries."""
    if not isinstance(message, Message):
        return dict(message)
    if any(part.media for part in message.parts):
        raise TemplateError("images, audio and video are not available yet")
    found: dict[str, Any] = turn(message.role, message.text)
    if message.reasoning is not None:
        found["reasoning_content"] = message.reasoning
    if message.tool_calls:
        found["tool_calls"] = [
            {
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
                **({"id": call.id} if call.id else {}),
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        found["tool_call_id"] = message.tool_call_id
    if message.name is not None:
        found["name"] = message.name
    return found


def read_saved(path: Path) -> dict[str, Any]:
    """The content of a `template.json`. Raises TemplateError when it is missing or damaged."""
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TemplateError(
            f"{path} is missing: nothing says how this checkpoint was trained."
        ) from error
    except ValueError as error:
        raise TemplateError(f"{path} is damaged: {error}. Take another checkpoint.") from error
    if not isinstance(saved, dict) or not isinstance(saved.get("jinja"), str):
        raise TemplateError(f"{path} is damaged: it holds no template. Take another checkpoint.")
    return saved


def compare(saved: Mapping[str, Any], current: Mapping[str, Any]) -> str:
    """What differs between the template of training and the one at hand; "" when nothing does.

    Both are what `Template.describe` gives.
    """
    lines = []
    for key, what in COMPARED.items():
        then, now = _plain_json(saved.get(key)), _plain_json(current.get(key))
        if then != now:
            lines.append(f"  {what}: {then!r} in training, {now!r} now")
    if not lines:
        return ""
    return "\n".join(["this is not what the checkpoint was trained with:", *lines])


def _plain_json(value: Any) -> Any:
    return json.loads(json.dumps(value))
