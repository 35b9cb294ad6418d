import json
from pathlib import Path

import pytest
import tokenizers

from burnish.catalog.templates.spec import TemplateSpec
from burnish.core.errors import TemplateError
from burnish.data.fitting import fitted
from burnish.data.tokenizer import Tokenizer


def test_a_token_by_its_id(tokenizer: Tokenizer) -> None:
    spec = TemplateSpec("x", "{{ token(258) }}{{ message }}")
    assert fitted(spec, tokenizer) == '{{ "<|im_end|>" }}{{ message }}'


def test_a_token_that_cannot_be_written_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(TemplateError, match="its token 99999 is None"):
        fitted(TemplateSpec("x", "{{ token(99999) }}"), tokenizer)


def test_what_the_tokenizer_puts_in_front(folder: Path, tokenizer: Tokenizer) -> None:
    spec = TemplateSpec("x", "{{ auto_bos }}{{ message }}")
    assert fitted(spec, tokenizer) == "{{ message }}"
    backend = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    backend.post_processor = tokenizers.processors.TemplateProcessing(
        single="<|im_start|> <|im_end|> $A",
        special_tokens=[("<|im_start|>", 257), ("<|im_end|>", 258)],
    )
    two = Tokenizer(backend, config={"bos_token": "<|im_start|>"})
    assert fitted(spec, two) == "<|im_start|><|im_end|>{{ message }}"
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text()) | {"add_bos_token": True, "bos_token": "<|im_start|>"}
    path.write_text(json.dumps(config))
    assert fitted(spec, Tokenizer.load(folder)) == "{{ bos_token }}{{ message }}"


@pytest.mark.shared
def test_baichuans_roles(shared: Path) -> None:
    from burnish.data.template import Template

    made = Template.named("baichuan", Tokenizer.load(shared / "data/tokenizers/baichuan2"))
    ids = made.prompt_ids([{"role": "user", "content": "hi"}])
    assert ids[0] == 195 and ids[-1] == 196 and 195 not in ids[1:]


@pytest.mark.shared
def test_yi_visions_marker(shared: Path) -> None:
    from burnish.data.proof import prove
    from burnish.data.template import Template

    made = Template.named("yi-vl", Tokenizer.load(shared / "data/tokenizers/yi"))
    prove(made)
    assert made.prompt_ids([{"role": "user", "content": "hi"}]).count(8308) == 2
    assert made.stop_ids[0] == 8308 and made.end.written
