"""Molmo: of its generations transformers holds the second."""

from burnish.catalog.models.spec import VISION, not_held, owners

NO_MOLMO = not_held("Molmo")

ALLENAI_VISION = owners("allenai", tags=VISION)
ALLENAI_OLD_VISION = owners("allenai", "LLM-Research", tags=VISION, broken=NO_MOLMO)

MODELS = (
    ALLENAI_VISION("molmo2-4b", "Molmo2-4B", None),
    ALLENAI_VISION("molmo2-8b", "Molmo2-8B", None),
    ALLENAI_VISION("molmo2-o-7b", "Molmo2-O-7B", None),
    ALLENAI_OLD_VISION("molmo-7b-d", "Molmo-7B-D-0924", "molmo", instead="molmo2-8b"),
    ALLENAI_OLD_VISION("molmo-7b-o", "Molmo-7B-O-0924", "molmo", instead="molmo2-o-7b"),
    ALLENAI_OLD_VISION("molmo-72b", "Molmo-72B-0924", "molmo", instead="molmo2-8b"),
    ALLENAI_OLD_VISION("molmoe-1b", "MolmoE-1B-0924", "molmo", dtype="fp32", instead="molmo2-4b"),
)
