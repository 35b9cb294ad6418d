"""A chat template that is proven, never trusted: messages to text and ids, the same for training,
inference and serving.
"""

import copy
import hashlib
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
from burnish.data.dialect import IN_SYSTEM_TURN, OWN_TOOLS, Dialect
from burnish.data.fitting import fitted
from burnish.data.probe import (
    ROLE_ENDS,
    USER,
    WEATHER,
    TurnEnd,
    read_default_system,
    read_end,
    turn,
)
from burnish.data.proof import differs_rarely, prove, verify
from burnish.data.sample import Sample
from burnish.data.sandbox import compile_template
from burnish.data.saved import TEMPLATE_FILE, compare, read_saved
from burnish.data.tokenizer import Tokenizer
from burnish.data.turns import (
    Turn,
    Turns,
    as_dict,
    has_lists,
    media_kinds,
    tools_as_text,
    tools_in_system_turn,
)

__all__ = ["TEMPLATE_FILE", "Template", "Turn", "as_dict", "compare", "read_saved", "template_for"]

GIVEN = ("command line", "file", "python")
"""Sources of a value that a person set."""
THINKING_SWITCHES = ("enable_thinking", "open_thinking", "thinking")
"""How templates name the variable that switches thinking on."""


class Template:
    """A chat template with the tokenizer it writes for.

    `system` is the run's system prompt: None leaves the template's own. `tools_prompt` is how tools
    are told in the system prompt: None leaves them to the template where it has a place for them,
    "own" in any case, and the turns as they are given.
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
        self.tools_prompt, self._said_of_tools = tools_prompt, False
        self.now = now or datetime.now()
        self.variables: dict[str, Any] = {**tokenizer.special_tokens, **(variables or {})}
        self._compile()

    def _compile(self) -> None:
        own = compile_template(self.jinja, self.now, self.label)
        tools = self.tool_jinja
        self._render, self._render_tools = own, compile_template(tools, self.now) if tools else own

    def __getstate__(self) -> dict[str, Any]:
        """All but the compiled functions, which another process compiles again."""
        left_out = ("_render", "_render_tools", "dialect")
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
            else:
                _warn_of_rare(chosen, own)
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
        if missing := sorted(media_kinds(turns) - self.media) if has_lists(turns) else ():
            what = {"image": "images", "video": "videos"}.get(missing[0], missing[0])
            raise TemplateError(f"{self.label} takes no {what}")
        if self.tools_prompt != OWN_TOOLS:  # which leaves the turns as they are
            turns = self.dialect.said(turns)
        return self._write(turns, tools, add_generation_prompt)

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
        return self.with_thinking(True)

    def with_thinking(self, switched_on: bool) -> "Template":
        """The same with thinking switched on or off, where the template has a variable for it."""
        twin = copy.copy(self)
        twin.variables = {**self.variables, **dict.fromkeys(THINKING_SWITCHES, switched_on)}
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
        roles = [self.tokenizer.id_of(token) for token in ROLE_ENDS]
        if self.end.stop_id in roles:
            ids += [i for i in roles if i is not None]
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
            return str(WEATHER["function"]["name"]) in self.render(asked, [WEATHER])
        except TemplateError:
            return False

    @cached_property
    def dialect(self) -> Dialect:
        """What the template reads of tools, calls, reasoning and media."""
        return Dialect(self._write, self.jinja, self.spec)

    @cached_property
    def leaves_own_tools(self) -> bool:
        """Whether the model's own template, which this is not, tells tools in other words."""
        if self.source == "own" or self.tools_prompt or self.tokenizer.chat_template is None:
            return False
        theirs = Template.own(self.tokenizer, now=self.now).dialect.tools_style
        own = (OWN_TOOLS, IN_SYSTEM_TURN)
        return theirs in own and self.dialect.tools_style not in own

    @property
    def tools_style(self) -> str:
        """How tools are told: "own", as the template does; "system turn", as a key of that turn;
        or the name of a text in the system prompt.
        """
        return self.tools_prompt or self.dialect.tools_style

    @property
    def media(self) -> frozenset[str]:
        """What may stand in a question: image, video, audio."""
        return self.dialect.media

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
            if not self._can_be_silent:
                raise TemplateError(
                    "no system prompt was asked for: give one, or take a template without one "
                    f"(chatml, ...), since {self.label} writes its own then: "
                    f"{self.default_system!r}"
                )
            return [turn("system", ""), *turns]
        return turns

    @cached_property
    def _can_be_silent(self) -> bool:
        """Whether an empty system turn keeps the template from writing its own system prompt."""
        try:
            text = self._write([turn("system", ""), turn("user", USER)], None, True)
        except TemplateError:
            return False
        return self.default_system not in text

    def _with_tools(
        self, turns: Turns, tools: Sequence[Mapping[str, Any]], system: str | None, style: str
    ) -> Turns:
        """Turns whose system prompt tells of the tools."""
        if self.leaves_own_tools and not self._said_of_tools:
            self._said_of_tools = True
            log.warning(
                "%s tells tools in the system prompt (%s), and the model knows those of its own "
                "template; leave --template_type out to train on those",
                self.label,
                style,
            )
        if not self.dialect.hears_system:
            raise TemplateError(
                "the template has no place for tools, and none for a system prompt that could tell "
                "of them"
            )
        given = self.system if system is None else system
        base = self.default_system if given is None else given
        role = self.spec.tool_role if self.spec is not None else "user"
        return tools_as_text(turns, tools, style, base, role)


def _warn_of_rare(template: Template, own: Template) -> None:
    for rare in differs_rarely(template, own):
        log.warning(
            "%s writes %s otherwise than the model's own; leave --template_type out where rows "
            "have it",
            template.label,
            rare,
        )


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
