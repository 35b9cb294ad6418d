"""The jinja sandbox that chat templates are written for; a template is untrusted code from a model
folder.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from burnish.core.errors import TemplateError


class _GenerationTag(Extension):
    """`{% generation %}` ... `{% endgeneration %}` marks what the assistant wrote; here it writes
    its content.
    """

    tags = {"generation"}  # noqa: RUF012 (jinja declares it a plain set)

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.Scope(body).set_lineno(line)


class _Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox; a key of a plain dict is found at once.

    jinja would look for an attribute first and for the key when that fails, which costs half of the
    time that a chat template takes.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj and not hasattr(dict, attribute):
            return obj[attribute]
        return super().getattr(obj, attribute)


def compile_template(
    source: str, now: datetime, label: str = "the chat template"
) -> Callable[..., str]:
    """A function from variables to text. `now` is what the template believes the time to be,
    `label` how messages name it.

    Raises TemplateError when the source is no jinja; the function raises it when the template
    refuses its input.
    """
    environment = _Sandbox(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[_GenerationTag, "jinja2.ext.loopcontrols"],
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = now.strftime
    try:
        template = environment.from_string(source)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(
            f"{label} is no jinja: line {error.lineno}: {error}. Correct it, or take a sound copy."
        ) from error
    template.globals = dict(template.globals)  # it is a chain of dicts, copied at every call

    def render(**variables: Any) -> str:
        try:
            return template.render(**variables)
        except (
            Exception
        ) as error:  # a template can fail like any program: wrong types, missing keys
            raise TemplateError(f"the chat template refuses: {error}") from error

    return render


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """JSON without jinja's escaping for web pages, which no model was trained on."""
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _refuse(message: str) -> None:
    raise jinja2.TemplateError(message)
