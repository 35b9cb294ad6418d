"""Mamba: a state space model."""

from burnish.catalog.models.spec import owners

STATE_SPACES = owners(
    "state-spaces", "AI-ModelScope", targets=("in_proj", "x_proj", "embeddings", "out_proj")
)

MODELS = (
    STATE_SPACES("mamba-130m", "mamba-130m-hf"),
    STATE_SPACES("mamba-370m", "mamba-370m-hf"),
    # The family has a 370m and no 390m that we know of; kept, since the name is in use.
    STATE_SPACES("mamba-390m", "mamba-390m-hf"),
    STATE_SPACES("mamba-790m", "mamba-790m-hf"),
    STATE_SPACES("mamba-1.4b", "mamba-1.4b-hf"),
    STATE_SPACES("mamba-2.8b", "mamba-2.8b-hf"),
)
