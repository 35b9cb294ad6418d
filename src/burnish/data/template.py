"""A chat template that is proven, never trusted: messages to text and ids, the same for training,
inference and serving.
"""

import copy
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from burnish.catalog.find import find_template
from burnish.catalog.templates.spec import TemplateSpec
from burnish.config.config import Config
from burnish.config.groups.template import TemplateGroup
from burnish.core.errors import TemplateError
from burnish.core.log import log
from burnish.data.fitting import fitted
from burnish.data.probe import (
    AGAIN,
    ANSWER,
    SYSTEM,
    USER,
    TurnEnd,
    read_default_system,
    read_end,
    turn,
)
from burnish.data.proof import WEATHER, prove, verify
from burnish.data.sample import Sample
from burnish.data.sandbox import compile_template
from burnish.data.saved import TEMPLATE_FILE, compare, read_saved
from burnish.data.tokenizer import Tokenizer
from burnish.data.turns import (
    Turn,
    Turns,
    as_dict,
    joined,
    media_kinds,
    tools_as_text,
    tools_in_system_turn,
    with_calls,
)

__all__ = ["TEMPLATE_FILE", "Template", "Turn", "as_dict", "compare", "read_saved", "template_for"]

GIVEN = ("command line", "file", "python")
"""Sources of a value that a person set."""
TOOLS_PROMPT = "react_en"
"""How tools are told where nothing is asked for and the template has no place for them."""
OWN_TOOLS, IN_SYSTEM_TURN = "own", "system turn"
MEDIA = ("image", "video", "audio")
THINKING_SWITCHES = ("enable_thinking", "open_thinking", "thinking")
"""How templates name the variable that switches thinking on."""
REASONING = "reasoning_content"
CALL = {
    "id": "q7call9x3",  # nine letters and digits, which Mistral asks for
    "type": "function",
    "function": {"name": "q7call", "arguments": {ANSWER: AGAIN}},
}


class Template:
    """A chat template with the tokenizer it writes for.

    `system` is the run's system prompt: None leaves the template's own. `tools_prompt` is how tools
    are told in the system prompt: None leaves them to the template where it has a place for them.
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
        tools_prompt: str | None = None,
        now: datetime | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        self.tokenizer, self.jinja, self.tool_jinja = tokenizer, jinja, tool_jinja
        self.name, self.source, self.spec, self.system = name, source, spec, system
        self.tools_prompt = tools_prompt
        self.now = now or datetime.now()
        self.variables: dict[str, Any] = {**tokenizer.special_tokens, **(variables or {})}
        self._compile()

    def _compile(self) -> None:
        own = compile_template(self.jinja, self.now, self.label)
        tools = self.tool_jinja
        self._render, self._render_tools = own, compile_template(tools, self.now) if tools else own

    def __getstate__(self) -> dict[str, Any]:
        """All but the compiled functions, which another process compiles again."""
        left_out = ("_render", "_render_tools")
        return {key: value for key, value in self.__dict__.items() if key not in left_out}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._compile()

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
        """A template of the catalog, for this tokenizer. Raises TemplateError where it cannot be
        used, or not with it.
        """
        spec = find_template(spec) if isinstance(spec, str) else spec
        if spec.unavailable:
            raise TemplateError(f"--template_type {spec.name} is not available: {spec.unavailable}")
        jinja = fitted(spec, tokenizer)
        return cls(tokenizer, jinja, name=spec.name, source="named", spec=spec, **options)

    @classmethod
    def resolve(
        cls,
        template_type: str,
        tokenizer: Tokenizer,
        model_default: str | None = None,
        *,
        command: str = "sft",
        allow_mismatch: bool = False,
        **options: Any,
    ) -> "Template":
        """The template of a run, proven.

        AUTO takes the model's own; where it brings none, `model_default` (the model
        type's), and for `pt` plain text. A named
        one must give the ids of the model's own. `options` (system, tools_prompt, now) are those
        of the class. Raises TemplateError, or UsageError for an unknown name.
        """
        own = cls.own(tokenizer, **options) if tokenizer.chat_template else None
        if template_type != "AUTO":
            chosen = cls.named(template_type, tokenizer, **options)
        elif own is not None:
            chosen = own
        elif model_default is not None:
            chosen = cls.named(model_default, tokenizer, **options)
        elif command == "pt":
            chosen = cls.named("default-generation", tokenizer, **options)
        else:
            chosen = cls.own(tokenizer)
        prove(chosen, allow_mismatch)
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
            tools_prompt=saved.get("tools_prompt"),
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
        turns = [as_dict(message) for message in messages]
        style = self.tools_style if tools else OWN_TOOLS
        if style in (OWN_TOOLS, IN_SYSTEM_TURN):
            turns = self._with_system(turns, system)
        if style == IN_SYSTEM_TURN:
            turns, tools = tools_in_system_turn(turns, tools or ()), None
        elif style != OWN_TOOLS:
            turns, tools = self._with_tools(turns, tools or (), system, style), None
        if kinds := media_kinds(turns):
            turns = self._with_media(turns, kinds)
        return self._write(self._in_its_form(turns), tools, add_generation_prompt)

    def prompt_ids(
        self,
        messages: Sequence[Turn],
        tools: Sequence[Mapping[str, Any]] | None = None,
        system: str | None = None,
    ) -> list[int]:
        """What the model is given when it is to answer: ids with the generation prompt."""
        return self.tokenizer.encode(self.render(messages, tools, True, system))

    @cached_property
    def thinking(self) -> "Template":
        """The same with thinking switched on, for models whose template leaves it off."""
        twin = copy.copy(self)
        twin.variables = {**self.variables, **dict.fromkeys(THINKING_SWITCHES, True)}
        return twin

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
        asked = [turn("user", USER)]
        try:
            return self.render(asked, [WEATHER]) != self.render(asked)
        except TemplateError:
            return False

    @cached_property
    def tools_style(self) -> str:
        """How tools are told: "own", as the template does; "system turn", as a key of that turn
        (GLM-4); or the name of a text in the system prompt.
        """
        if self.tools_prompt is not None:
            return self.tools_prompt
        asked = [turn("user", USER)]
        listed = tools_in_system_turn(asked, [WEATHER])
        if self._tells_tools(asked, [WEATHER]):
            return OWN_TOOLS
        if self._tells_tools(listed, None):
            return IN_SYSTEM_TURN
        return self.spec.tools_prompt if self.spec is not None else TOOLS_PROMPT

    def _tells_tools(self, turns: Turns, tools: Sequence[Mapping[str, Any]] | None) -> bool:
        try:
            return str(WEATHER["function"]["name"]) in self._write(turns, tools, False)
        except TemplateError:
            return False

    @cached_property
    def media(self) -> frozenset[str]:
        """What it can stand for in a turn of the user: image, video, audio."""
        if self.spec is not None and self.spec.media:
            return frozenset(MEDIA)
        return frozenset(kind for kind in MEDIA if self._writes_list([{"type": kind}]))

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
            else {
                "stop": spec.stop,
                "markers": spec.markers,
                "generation": spec.generation,
                "media": spec.media,
                "tool_role": spec.tool_role,
                "tools_prompt": spec.tools_prompt,
            }
        )
        return {
            "name": self.name,
            "source": self.source,
            "sha256": self.sha256,
            "jinja": self.jinja,
            "tool_jinja": self.tool_jinja,
            "tools_prompt": self.tools_prompt,
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
        return self._write(turns, None, add_generation_prompt)

    def _write(
        self, turns: Turns, tools: Sequence[Mapping[str, Any]] | None, add_generation_prompt: bool
    ) -> str:
        """The text of turns that are as the template wants them."""
        render = self._render_tools if tools else self._render
        return render(
            messages=turns,
            tools=list(tools) if tools else None,
            documents=None,
            add_generation_prompt=add_generation_prompt,
            **self.variables,
        )

    def _with_system(self, turns: Turns, system: str | None) -> Turns:
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

    def _with_tools(
        self, turns: Turns, tools: Sequence[Mapping[str, Any]], system: str | None, style: str
    ) -> Turns:
        """Turns whose system prompt tells of the tools."""
        if not self._hears_system:
            raise TemplateError(
                "the template has no place for tools, and none for a system prompt that could tell "
                "of them"
            )
        given = self.system if system is None else system
        base = self.default_system if given is None else given
        role = self.spec.tool_role if self.spec is not None else "user"
        return tools_as_text(turns, tools, style, base, role)

    @cached_property
    def _hears_system(self) -> bool:
        try:
            return SYSTEM in self.plain([turn("system", SYSTEM), turn("user", USER)], True)
        except TemplateError:
            return False

    def _with_media(self, turns: Turns, kinds: set[str]) -> Turns:
        """Turns that refer to media, as the template wants them."""
        if missing := sorted(kinds - self.media):
            what = {"image": "images", "video": "videos"}.get(missing[0], missing[0])
            raise TemplateError(f"{self.label} takes no {what}")
        tags = self.spec is not None and self.spec.media
        return joined(turns, tags=True) if tags else turns

    def _writes_list(self, parts: list[dict[str, Any]]) -> bool:
        """Whether these parts of a content reach the text, and not as Python writes a list."""
        words = {"type": "text", "text": USER}
        try:
            bare = self.plain([{"role": "user", "content": [words]}], True)
            full = self.plain([{"role": "user", "content": [*parts, words]}], True)
        except TemplateError:
            return False
        return USER in full and full != bare and "'type'" not in full

    def _in_its_form(self, turns: Turns) -> Turns:
        """Calls, reasoning and lists of text, in the form that the template reads."""
        if any(isinstance(one.get("content"), list) for one in turns) and not self.media:
            turns = joined(turns)
        if any(one.get("tool_calls") for one in turns):
            blank, as_text = self._call_form
            turns = [with_calls(one, blank, as_text) for one in turns]
        if self._thinking_key != REASONING:
            turns = [
                {self._thinking_key if key == REASONING else key: one[key] for key in one}
                for one in turns
            ]
        return turns

    @cached_property
    def _thinking_key(self) -> str:
        found = re.search(r"""message(\.|\[['"])thinking\b""", self.jinja)
        return "thinking" if found and REASONING not in self.jinja else REASONING

    @cached_property
    def _call_form(self) -> tuple[str | None, bool]:
        """What the content of a silent call must be, and whether arguments must be JSON text."""
        forms: list[tuple[str | None, bool]] = [
            ("", False),
            ("", True),
            (None, False),
            (None, True),
        ]
        for blank, as_text in forms:
            asks = with_calls({**turn("assistant", ""), "tool_calls": [CALL]}, blank, as_text)
            try:
                text = self._write([turn("user", USER), asks], [WEATHER], False)
            except TemplateError:
                continue
            if "q7call" in text and AGAIN in text:
                return blank, as_text
        return forms[0]


def template_for(
    config: Config,
    tokenizer: Tokenizer,
    model_default: str | None,
    now: datetime | None = None,
) -> Template:
    """The proven template that the flags of a run ask for. `model_default` is the template of the
    model type. Raises TemplateError, or UsageError for an unknown name.
    """
    options = config[TemplateGroup]
    told = config.sources.get("tools_prompt") in GIVEN
    return Template.resolve(
        options.template_type,
        tokenizer,
        model_default,
        command=config.command,
        allow_mismatch=options.allow_template_mismatch,
        system=options.system,
        tools_prompt=options.tools_prompt if told else None,
        now=now,
    )
