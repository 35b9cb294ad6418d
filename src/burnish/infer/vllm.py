"""vLLM as an engine: a server in an environment of its own, spoken to over HTTP."""

from typing import Any

from burnish.config.flag import flag, group


@group(applies=("infer_backend", {"vllm"}))
class VllmGroup:
    """vLLM: a fast engine in an environment of its own."""

    gpu_memory_utilization: float = flag(
        0.9, "Share of GPU memory it may use.", gt=0, le=1, hot=True, later=True
    )
    tensor_parallel_size: int = flag(1, "GPUs that share the model.", ge=1, hot=True, later=True)
    max_num_seqs: int = flag(256, "Requests worked on at once.", ge=1, later=True)
    max_model_len: int | None = flag(
        None, "Longest context in tokens; none: the model's own.", ge=1, hot=True, later=True
    )
    disable_custom_all_reduce: bool = flag(
        True, "Exchange tensors by NCCL in place of its own kernel.", later=True
    )
    enforce_eager: bool = flag(False, "No CUDA graphs: less memory, slower.", later=True)
    limit_mm_per_prompt: dict[str, Any] | None = flag(
        None, 'Images and videos per request, such as {"image": 10}.', later=True
    )
    vllm_enable_lora: bool = flag(False, "Serve adapters without merging them.", later=True)
    vllm_max_lora_rank: int = flag(
        16, "Largest rank of an adapter.", ge=1, applies=("vllm_enable_lora", {True}), later=True
    )
