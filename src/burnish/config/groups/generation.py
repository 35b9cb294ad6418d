"""How answers are sampled."""

from burnish.config.flag import flag, group


@group()
class GenerationGroup:
    """Generation: how answers are sampled."""

    max_new_tokens: int = flag(2048, "Longest answer in tokens.", ge=1)
    do_sample: bool | None = flag(
        None,
        "Draw tokens at random, or take the likeliest; none: as the model's settings say.",
    )
    temperature: float | None = flag(
        None,
        "How bold sampling is; 0: take the likeliest. None: as the model's settings say.",
        ge=0,
    )
    top_k: int | None = flag(
        None, "Sample among this many likeliest tokens. None: as the model's settings say.", ge=0
    )
    top_p: float | None = flag(
        None,
        "Sample among the likeliest tokens of this total probability; none: the model's settings.",
        gt=0,
        le=1,
    )
    repetition_penalty: float | None = flag(
        None,
        "Above 1, tokens already used become less likely. None: as the model's settings say.",
        gt=0,
    )
    num_beams: int = flag(1, "Beams of beam search; other than 1 switches --stream off.", ge=1)
