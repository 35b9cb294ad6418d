from datetime import datetime

import pytest

from burnish.core.errors import TemplateError
from burnish.data.sandbox import compile_template

NOW = datetime(2024, 7, 26)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ {'a': 'é<'} | tojson }}", '{"a": "é<"}'),
        ("{{ [1] | tojson(indent=2) }}", "[\n  1\n]"),
        ("{{ strftime_now('%d %b %Y') }}", "26 Jul 2024"),
        ("{% generation %}hi{% endgeneration %}!", "hi!"),
        ("{% for i in [1, 2, 3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}", "1"),
        ("  {% if true %}\nx{% endif %}", "x"),
        ("{{ missing }}", ""),
    ],
)
def test_templates_find_what_they_expect(source: str, text: str) -> None:
    assert compile_template(source, NOW)() == text


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{{ raise_exception('no system') }}", "no system"),
        ("{{ 'a' + none }}", "refuses"),
        ("{{ ''.__class__.__mro__ }}", "refuses"),
        ("{% set _ = messages.append(1) %}", "refuses"),
    ],
)
def test_a_template_that_fails_says_so(source: str, says: str) -> None:
    with pytest.raises(TemplateError, match=says):
        compile_template(source, NOW)(messages=[])


def test_broken_jinja_names_its_line() -> None:
    with pytest.raises(TemplateError, match="line 2"):
        compile_template("a\n{% if %}", NOW)


def test_a_key_of_a_dict_is_found_and_hides_no_method() -> None:
    render = compile_template("{{ m.content }}|{{ m.missing }}|{{ m.items() | list }}", NOW)
    assert render(m={"content": "c"}) == "c||[('content', 'c')]"
    assert render(m={"items": 1, "content": "c"}).startswith("c||[('items', 1)")
    assert compile_template("{{ m.__class__ }}", NOW)(m={"__class__": "c"}) == ""
