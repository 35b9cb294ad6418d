"""Loading: a model gets the attention that its family has."""

import pytest
import torch
from tests.fixtures_train import make_model

from burnish.core.errors import ModelError
from burnish.nn.load import LoadOptions, load_model


@pytest.mark.parametrize(
    ("family", "asked", "found"),
    [
        ("llama", None, "sdpa"),
        ("llama", "eager", "eager"),
        ("gemma2", None, "eager"),  # its soft cap is not in sdpa
    ],
)
@pytest.mark.parametrize("from_scratch", [False, True])
def test_attention_is_what_the_family_has(tmp_path, family, asked, found, from_scratch):
    make_model(family).save_pretrained(tmp_path)
    options = LoadOptions(torch.float32, attention=asked, from_scratch=from_scratch)
    assert load_model(tmp_path, options).config._attn_implementation == found


def test_attention_that_a_family_has_not_is_an_error(tmp_path):
    make_model("gemma2").save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="does not support"):
        load_model(tmp_path, LoadOptions(torch.float32, attention="sdpa"))
