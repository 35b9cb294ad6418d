"""mPLUG-Owl: architectures not in transformers."""

from burnish.catalog.models.spec import VIDEO, VISION, not_held, owners

NO_MPLUG_OWL2 = not_held("mPLUG-Owl2")
NO_MPLUG_OWL3 = not_held("mPLUG-Owl3")

MAGAER13 = owners(
    "MAGAer13",
    "iic",
    targets=(
        "q_proj",
        "k_proj.multiway.0",
        "k_proj.multiway.1",
        "v_proj.multiway.0",
        "v_proj.multiway.1",
    ),
    broken=NO_MPLUG_OWL2,
)
MIZUKILUKE = owners(
    "Mizukiluke", "iic", targets=("c_attn.multiway.0", "c_attn.multiway.1"), broken=NO_MPLUG_OWL2
)
MPLUG = owners("mPLUG", "iic", requires=("icecream",), tags=VIDEO, broken=NO_MPLUG_OWL3)

MODELS = (
    MAGAER13(
        "mplug-owl2-chat",
        "mplug-owl2-llama2-7b",
        "mplug-owl2",
        ms="iic/mPLUG-Owl2",
        requires=("icecream",),
        tags=VISION,
        instead="qwen2_5-vl-7b-instruct",
    ),
    MIZUKILUKE(
        "mplug-owl2_1-chat",
        "mplug_owl_2_1",
        "mplug-owl2",
        ms="iic/mPLUG-Owl2.1",
        requires=("icecream",),
        tags=VISION,
        instead="qwen2_5-vl-7b-instruct",
    ),
    MPLUG(
        "mplug-owl3-1b-chat", "mPLUG-Owl3-1B-241014", "mplug_owl3", instead="qwen2_5-vl-3b-instruct"
    ),
    MPLUG(
        "mplug-owl3-2b-chat", "mPLUG-Owl3-2B-241014", "mplug_owl3", instead="qwen2_5-vl-3b-instruct"
    ),
    MPLUG(
        "mplug-owl3-7b-chat", "mPLUG-Owl3-7B-240728", "mplug_owl3", instead="qwen2_5-vl-7b-instruct"
    ),
)
