"""A named template for the tokenizer at hand: what it writes in front, and tokens named by id."""

import json
import re

from burnish.catalog.templates.spec import TemplateSpec
from burnish.core.errors import TemplateError
from burnish.data.tokenizer import Tokenizer

AUTO_BOS = "{{ auto_bos }}"


def fitted(spec: TemplateSpec, tokenizer: Tokenizer) -> str:
    """The jinja of a named template with the tokens of this tokenizer in it. Raises TemplateError
    where it lacks one.
    """

    def token(found: re.Match[str]) -> str:
        text = tokenizer.token(int(found[1]))
        if text is None or tokenizer.encode(text) != [int(found[1])]:
            raise TemplateError(
                f"--template_type {spec.name} does not fit this tokenizer ({tokenizer.folder}): "
                f"its token {found[1]} is {text!r}, which cannot be written as a marker."
            )
        return "{{ " + json.dumps(text, ensure_ascii=False) + " }}"

    jinja = re.sub(r"\{\{ token\((\d+)\) \}\}", token, spec.jinja)
    if AUTO_BOS not in jinja:
        return jinja
    prefix = tokenizer.text_prefix()
    text = "".join(tokenizer.token(i) or "" for i in prefix)
    own = [tokenizer.bos_id] == prefix
    return jinja.replace(AUTO_BOS, "{{ bos_token }}" if own else text)
