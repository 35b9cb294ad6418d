"""LMDeploy as an engine: a server in an environment of its own, spoken to over HTTP."""

from burnish.config.flag import flag, group


@group(applies=("infer_backend", {"lmdeploy"}))
class LmdeployGroup:
    """LMDeploy: a fast engine in an environment of its own."""

    tp: int = flag(1, "GPUs that share the model.", ge=1, hot=True, later=True)
    cache_max_entry_count: float = flag(
        0.8, "Share of free GPU memory for the cache.", gt=0, le=1, later=True
    )
    quant_policy: int = flag(
        0, "Bits of the cache; 0: not quantised.", choices=(0, 4, 8), later=True
    )
    vision_batch_size: int = flag(1, "Images encoded at once.", ge=1, later=True)
