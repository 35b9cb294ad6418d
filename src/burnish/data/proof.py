"""The proof of a template: the ids it gives are those of the model's own, its markers are tokens,
its answers end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from burnish.catalog.find import find_template, template_names
from burnish.core.errors import TemplateError
from burnish.core.log import log
from burnish.data.probe import AGAIN, ANSWER, USER, shared_start, turn
from burnish.data.probes import PROBES, RARE, Probe
from burnish.data.shape import check_shape

if TYPE_CHECKING:
    from burnish.data.template import Template

SHOWN = 8
"""How many tokens of each side a message shows from the first difference on."""


def prove(template: Template, allow_mismatch: bool = False) -> None:
    """A template, own or named, must end its answers, tell roles apart, and fit its tokenizer.

    Raises TemplateError saying which of these does not hold. With `allow_mismatch` the model's own
    may have lost an end or a header, of which a warning tells.
    """
    _check_markers(template)
    _check_roles(template)
    if template.source == "own":
        try:
            for odd in check_shape(template):
                log.warning("%s is odd: %s", template.label, odd)
        except TemplateError as error:
            if not allow_mismatch:
                raise
            log.warning("%s", error)
    end = template.end
    if not end.written and (text := end.after.strip()):
        log.warning(
            "%s writes %r behind an answer, which is no single token of this tokenizer; answers "
            "end with %r instead",
            template.label,
            text,
            template.tokenizer.token(end.stop_id),
        )
    if template.system:
        _check_system(template)
    elif template.system == "":
        template.render([turn("user", USER)])


def verify(template: Template, own: Template) -> None:
    """A named template must give the ids of the model's own, of tools where it has words for them.

    With a system prompt for the run, only conversations that have one are compared. Raises
    TemplateError that shows the first tokens that differ, and names the template that would be
    right.
    """
    for probe in _chosen(template):
        ours, theirs = _ids(template, probe), _ids(own, probe)
        if ours != theirs:
            raise TemplateError(_difference(template, own, probe, ours, theirs))


def differs_rarely(template: Template, own: Template) -> list[str]:
    """The conversations on which a proven template differs from the model's own all the same."""
    chosen = [probe for probe in RARE if template.system is None or probe.has_system]
    return [probe.name for probe in chosen if _ids(template, probe) != _ids(own, probe)]


def nearest_right(template: Template, own: Template) -> str | None:
    """The name of a template of the catalog that gives the same ids as `own`, if there is one."""
    for spec in sorted(map(find_template, template_names()), key=lambda s: (not s.proven, s.media)):
        if spec.generation or any(
            own.tokenizer.id_of(m) is None for m in (*spec.markers, *spec.stop)
        ):
            continue
        try:
            other = type(template).named(spec, own.tokenizer, system=template.system, now=own.now)
        except TemplateError:
            continue  # not available, or not for this tokenizer
        if all(_ids(other, probe) == _ids(own, probe) for probe in _chosen(other)):
            return spec.name
    return None


def _chosen(template: Template) -> Iterator[Probe]:
    knows_tools = "tools" in template.jinja
    for probe in PROBES:
        if (probe.tools and not knows_tools) or (
            template.system is not None and not probe.has_system
        ):
            continue
        yield probe


def _ids(template: Template, probe: Probe) -> list[int] | str:
    """The ids, or the words with which the template refuses."""
    try:
        text = template.render(probe.messages, probe.tools or None, probe.prompt)
    except TemplateError:
        return "it refuses this conversation"
    return template.tokenizer.encode(text)


def _difference(
    template: Template, own: Template, probe: Probe, ours: list[int] | str, theirs: list[int] | str
) -> str:
    at = 0
    if isinstance(ours, list) and isinstance(theirs, list):
        at = shared_start(ours, theirs)
    right = nearest_right(template, own)
    hint = (
        f"--template_type {right} gives the same ids"
        if right
        else "none of burnish's templates gives the same ids"
    )
    return (
        f"--template_type {template.name} writes other tokens than {own.label}; "
        f"for {probe.name} they differ from token {at} on:\n"
        f"  {template.name:<10} {_show(template, ours, at)}\n"
        f"  {'the own':<10} {_show(own, theirs, at)}\n"
        f"Leave --template_type out to use the model's own; {hint}."
    )


def _show(template: Template, ids: list[int] | str, at: int) -> str:
    if isinstance(ids, str):
        return ids
    shown = ids[at : at + SHOWN]
    return f"{template.tokenizer.decode(shown)!r} {shown}" if shown else "(nothing)"


def _check_markers(template: Template) -> None:
    spec, tokenizer = template.spec, template.tokenizer
    if spec is None:
        return
    markers = (*spec.markers, *spec.stop)
    broken = [m for m in dict.fromkeys(markers) if not _is_one_token(template, m)]
    if broken:
        names = ", ".join(f"{m!r} ({len(tokenizer.encode(m))} tokens)" for m in broken)
        raise TemplateError(
            f"--template_type {template.name} does not fit this tokenizer ({tokenizer.folder}): "
            f"its markers must each be one token, and {names} are not. {_fitting(template)}"
        )
    if "eos_token" in spec.jinja and tokenizer.eos_token is None:
        raise TemplateError(
            f"--template_type {template.name} ends answers with eos_token, and the tokenizer "
            "names none "
            f"({tokenizer.folder}/tokenizer_config.json)."
        )


def _is_one_token(template: Template, marker: str) -> bool:
    found = template.tokenizer.id_of(marker)
    return found is not None and template.tokenizer.encode(marker) == [found]


def _fitting(template: Template) -> str:
    tokenizer = template.tokenizer
    if tokenizer.chat_template is not None:
        return "Leave --template_type out to use the model's own template."
    specs = map(find_template, template_names())
    fits = [
        s.name
        for s in specs
        if s.markers and all(tokenizer.id_of(m) is not None for m in s.markers)
    ]
    return f"Templates whose markers it has: {', '.join([*fits, 'default'])}."


def _check_roles(template: Template) -> None:
    """Between question, answer and the next question stand different texts."""
    if template.is_generation:
        return
    turns = [turn("user", USER), turn("assistant", ANSWER), turn("user", AGAIN)]
    try:
        text = template.plain(turns, True)
    except TemplateError as error:
        if _writes_one_round(template):
            return
        raise TemplateError(
            f"{template.label} cannot write a plain conversation: {error}"
        ) from error
    found = re.search(f"{USER}(.*?){ANSWER}(.*?){AGAIN}", text, re.DOTALL)
    if found is None:
        raise TemplateError(f"{template.label} does not write the turns in their order: {text!r}")
    if found.group(1) == found.group(2):
        raise TemplateError(
            f"{template.label} writes the same text, {found.group(1)!r}, before an answer and "
            "behind it: "
            "the model could not tell who speaks."
        )


def _writes_one_round(template: Template) -> bool:
    """Whether a catalog's template that refuses a second round writes the first."""
    try:
        text = template.plain([turn("user", USER), turn("assistant", ANSWER)], False)
    except TemplateError:
        return False
    return template.source == "named" and 0 <= text.find(USER) < text.find(ANSWER)


def _check_system(template: Template) -> None:
    """The run's system prompt must reach the text."""
    if template.is_generation:
        raise TemplateError(
            f"--system cannot be used: {template.label} writes plain text without roles. Leave "
            "--system out, or take a chat template."
        )
    try:
        text = template.render([turn("user", USER)])
    except TemplateError as error:
        raise TemplateError(
            f"--system cannot be used: {template.label} takes no system prompt ({error}). Leave "
            "--system out."
        ) from error
    words: Sequence[str] = (template.system or "").split()
    if "".join(words) not in "".join(text.split()):
        raise TemplateError(
            f"--system cannot be used: {template.label} leaves the system prompt out. Leave "
            "--system out."
        )
