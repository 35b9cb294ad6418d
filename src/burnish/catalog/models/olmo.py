"""OLMoE."""

from burnish.catalog.models.spec import MOE, owners

ALLENAI = owners("allenai", tags=MOE)

MODELS = (
    ALLENAI("olmoe-1b-7b-0125", "OLMoE-1B-7B-0125"),
    ALLENAI("olmoe-1b-7b-0125-instruct", "OLMoE-1B-7B-0125-Instruct", None),
    ALLENAI("olmoe-1b-7b-0924", "OLMoE-1B-7B-0924"),
    ALLENAI("olmoe-1b-7b-0924-instruct", "OLMoE-1B-7B-0924-Instruct", None),
    ALLENAI("olmoe-1b-7b-0924-sft", "OLMoE-1B-7B-0924-SFT", None),
)
