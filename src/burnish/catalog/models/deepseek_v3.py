"""DeepSeek-V3, R1, Prover and later, and Moonlight, which has their architecture."""

from burnish.catalog.models.spec import MATH, MLA, MLA_LITE, MOE, PACKED_EXPERTS, owners

PROVER = owners("deepseek-ai", targets=MLA, tags=("math", "moe"))
DEEPSEEK = owners("deepseek-ai")
UNSLOTH_MLA = owners("unsloth", targets=MLA)
V3 = owners("deepseek-ai", targets=MLA, tags=MOE)
COGNITIVE = owners("cognitivecomputations", targets=MLA, tags=MOE, broken=PACKED_EXPERTS)
UNSLOTH_MLA_MOE = owners("unsloth", targets=MLA, tags=MOE)
V4 = owners("deepseek-ai", targets=("q_a_proj", "q_b_proj", "kv_proj"), tags=MOE)
MOONSHOTAI = owners("moonshotai", targets=MLA_LITE, tags=MOE)

MODELS = (
    PROVER("deepseek-math-v2", "DeepSeek-Math-V2", None),
    PROVER("deepseek-prover-v2-671b", "DeepSeek-Prover-V2-671B", None),
    DEEPSEEK("deepseek-prover-v2-7b", "DeepSeek-Prover-V2-7B", None, tags=MATH),
    UNSLOTH_MLA(
        "deepseek-prover-v2-671b-bf16", "DeepSeek-Prover-V2-671B-BF16", None, tags=("math", "moe")
    ),
    V3("deepseek-r1", "DeepSeek-R1", "deepseek_r1"),
    V3("deepseek-r1-0528", "DeepSeek-R1-0528", None),
    V3("deepseek-r1-zero", "DeepSeek-R1-Zero", None),
    V3("deepseek-v3", "DeepSeek-V3", "deepseek3"),
    V3("deepseek-v3-0324", "DeepSeek-V3-0324", "deepseek3"),
    V3("deepseek-v3-base", "DeepSeek-V3-Base"),
    V3("deepseek-v3_1", "DeepSeek-V3.1", None),
    V3("deepseek-v3_1-base", "DeepSeek-V3.1-Base"),
    V3("deepseek-v3_1-terminus", "DeepSeek-V3.1-Terminus", None),
    V3("deepseek-v3_2", "DeepSeek-V3.2", None),
    V3("deepseek-v3_2-exp", "DeepSeek-V3.2-Exp", None),
    V3("deepseek-v3_2-exp-base", "DeepSeek-V3.2-Exp-Base"),
    V3("deepseek-v3_2-speciale", "DeepSeek-V3.2-Speciale", None),
    COGNITIVE("deepseek-r1-0528-awq", "DeepSeek-R1-0528-AWQ", None, instead="deepseek-r1-0528"),
    COGNITIVE(
        "deepseek-r1-awq",
        "DeepSeek-R1-AWQ",
        "deepseek_r1",
        ms="cognitivecomputations/DeepSeek-R1-awq",
        instead="deepseek-r1",
    ),
    COGNITIVE(
        "deepseek-v3-0324-awq", "DeepSeek-V3-0324-AWQ", "deepseek3", instead="deepseek-v3-0324"
    ),
    COGNITIVE(
        "deepseek-v3-awq",
        "DeepSeek-V3-AWQ",
        "deepseek3",
        ms="cognitivecomputations/DeepSeek-V3-awq",
        instead="deepseek-v3",
    ),
    UNSLOTH_MLA_MOE("deepseek-r1-0528-bf16", "DeepSeek-R1-0528-BF16", None),
    UNSLOTH_MLA_MOE("deepseek-r1-bf16", "DeepSeek-R1-BF16", "deepseek_r1"),
    UNSLOTH_MLA_MOE("deepseek-r1-zero-bf16", "DeepSeek-R1-Zero-BF16", None),
    UNSLOTH_MLA_MOE("deepseek-v3-0324-bf16", "DeepSeek-V3-0324-BF16", "deepseek3"),
    UNSLOTH_MLA_MOE("deepseek-v3-bf16", "DeepSeek-V3-bf16", "deepseek3"),
    V4("deepseek-v4-flash", "DeepSeek-V4-Flash", None),
    V4("deepseek-v4-flash-0731", "DeepSeek-V4-Flash-0731", None),
    V4("deepseek-v4-flash-base", "DeepSeek-V4-Flash-Base"),
    V4("deepseek-v4-pro", "DeepSeek-V4-Pro", None),
    V4("deepseek-v4-pro-base", "DeepSeek-V4-Pro-Base"),
    MOONSHOTAI("moonlight-16b-a3b", "Moonlight-16B-A3B"),
    MOONSHOTAI("moonlight-16b-a3b-instruct", "Moonlight-16B-A3B-Instruct", None),
)
