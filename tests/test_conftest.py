"""The tiny model is what the fixtures promise: it loads, and its template round-trips."""

from pathlib import Path


def test_tiny_model_loads_and_renders(tiny_model: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    model = AutoModelForCausalLM.from_pretrained(tiny_model)
    ids = tokenizer.apply_chat_template([{"role": "user", "content": "hé"}], return_dict=False)
    assert tokenizer.decode(ids) == "<|im_start|>user\nhé<|im_end|>\n"
    assert len(ids) == 3 + len("user") + 2 + 3 - 1
    assert model.config.vocab_size == len(tokenizer) == 259
