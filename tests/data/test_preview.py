from collections.abc import Callable

import numpy as np

from burnish.data.assemble import training
from burnish.data.preview import length_line, preview
from burnish.data.sample import Sample
from burnish.data.template import Template


def test_a_preview_shows_each_label_at_its_own_token(
    template: Template, talk: Callable[..., Sample]
) -> None:
    (encoded,) = training(template, talk("q", "yes")).sequences
    lines = preview(encoded, template.tokenizer).split("\n[")
    assert lines[0] == "[SAMPLE] talk.jsonl:1"
    assert lines[1].startswith("INPUT_IDS] [257, ")
    assert lines[2].startswith("INPUT] <|im_start|>user\nq<|im_end|>")
    assert lines[4] == f"LABELS] [-100 * {len(encoded) - 4}]yes<|im_end|>"


def test_lengths(template: Template, talk: Callable[..., Sample]) -> None:
    found = [
        *training(template, talk("q", "a")).sequences,
        *training(template, talk("q", "abc")).sequences,
    ]
    n = len(found[0])
    assert length_line(np.array([len(e) for e in found])) == (
        f"lengths in tokens: mean {n + 1:.1f}, standard deviation 1.0, "
        f"from {n} to {n + 2}, 2 sequences"
    )
    assert "no sequence" in length_line(np.zeros(0))
