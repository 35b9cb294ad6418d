"""The commands as functions: the same flags, as keywords."""

import pytest

import burnish
from burnish.core.errors import UsageError


def test_functions_are_there_and_documented() -> None:
    for name in ("sft", "pt", "merge_lora"):
        function = getattr(burnish, name)
        assert function.__name__ == name and "burnish" in function.__doc__
    assert burnish.sft is burnish.sft
    with pytest.raises(AttributeError, match="no attribute 'sftt'"):
        burnish.sftt  # noqa: B018


def test_infer_is_a_command_and_a_package() -> None:
    from burnish.infer import base

    assert callable(burnish.infer) and burnish.infer.base is base


def test_an_unknown_keyword_gets_the_nearest_name() -> None:
    with pytest.raises(UsageError) as caught:
        burnish.sft(model_typ="demo", lora_rank="x")
    text = str(caught.value)
    assert "2 problems with the arguments" in text and "did you mean --model_type?" in text


def test_a_flag_of_another_command_says_so() -> None:
    with pytest.raises(UsageError, match="is no flag of burnish infer, but of sft, pt, rlhf"):
        burnish.infer(lora_rank=4)
