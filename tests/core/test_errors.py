"""Errors read well on their own."""

from burnish.core.errors import BurnishError, Problem, UsageError, bare


def test_a_problem_is_aligned_with_its_hint() -> None:
    text = str(
        Problem("quantization_bit", "4", "cannot be combined with --sft_type full", "drop it")
    )
    first, second = text.splitlines()
    assert first == "  --quantization_bit 4     cannot be combined with --sft_type full"
    assert second.index("hint") == first.index("cannot")


def test_a_long_flag_gets_a_line_of_its_own() -> None:
    first, second = str(
        Problem("gradient_accumulation_steps", "0", "must be at least 1")
    ).splitlines()
    assert first == "  --gradient_accumulation_steps 0"
    assert second.strip() == "must be at least 1"


def test_usage_error_counts_and_keeps_its_problems() -> None:
    one = UsageError([Problem("lora_rank", "0", "must be at least 1")])
    assert str(one).startswith("1 problem with the command line\n")
    assert one.exit_code == 2 and one.problems[0].flag == "lora_rank"
    two = UsageError([Problem("a", "", "x"), Problem("b", "", "y")], where="the arguments")
    assert str(two).startswith("2 problems with the arguments")


def test_usage_error_may_be_plain_text() -> None:
    error = UsageError("burnish eval is not available yet")
    assert str(error) == "burnish eval is not available yet" and error.problems == ()
    assert isinstance(error, BurnishError)


def test_what_a_library_says_loses_its_full_stop() -> None:
    assert bare(OSError("It failed.\n")) == "It failed" and bare(OSError("no")) == "no"
