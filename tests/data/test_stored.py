from burnish.data.encode import Encoder
from burnish.data.stored import encoder_key
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer


def test_what_a_template_was_asked_before_does_not_change_the_key(tokenizer: Tokenizer) -> None:
    fresh, asked = Template.own(tokenizer), Template.own(tokenizer)
    for name in ("default_system", "writes_tools", "media", "end"):
        getattr(asked, name)
    assert encoder_key(Encoder(fresh)) == encoder_key(Encoder(asked))


def test_another_system_prompt_or_limit_is_another_key(tokenizer: Tokenizer) -> None:
    template, other = Template.own(tokenizer), Template.own(tokenizer, system="Be brief.")
    keys = [Encoder(template), Encoder(other), Encoder(template, 9), Encoder(template, view="pair")]
    assert len({repr(encoder_key(encoder)) for encoder in keys}) == 4
