"""When and how to evaluate during training."""

from typing import Literal

from burnish.config.flag import flag, group


@group()
class ValidationGroup:
    """Validation: when and how to evaluate while training."""

    evaluation_strategy: Literal["steps", "epoch", "no"] = flag(
        "steps", "When to evaluate.", spelled={False: "no"}, aliases=("eval_strategy",)
    )
    eval_steps: int = flag(
        50,
        "Steps between two evaluations.",
        ge=1,
        hot=True,
        applies=("evaluation_strategy", {"steps"}),
    )
    predict_with_generate: bool = flag(
        False, "Evaluate by generating answers and comparing texts, not by loss.", later=True
    )
    acc_strategy: Literal["token", "sentence"] = flag(
        "token", "What the logged accuracy counts: right tokens, or rows with every token right."
    )
    eval_on_start: bool = flag(False, "Evaluate before the first step as well.", origin="burnish")
