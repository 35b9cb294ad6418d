"""What the fixtures promise: a tiny model that loads, and a cache that is not the user's."""

from pathlib import Path

from burnish.data import cache


def test_nothing_is_written_to_the_users_cache() -> None:
    cache._root.cache_clear()
    assert cache._root().name.startswith("burnish-tests-")


def test_tiny_model_loads_and_renders(tiny_model: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    model = AutoModelForCausalLM.from_pretrained(tiny_model)
    ids = tokenizer.apply_chat_template([{"role": "user", "content": "hé"}], return_dict=False)
    assert tokenizer.decode(ids) == "<|im_start|>user\nhé<|im_end|>\n"
    assert len(ids) == 3 + len("user") + 2 + 3 - 1
    assert model.config.vocab_size == len(tokenizer) == 259
