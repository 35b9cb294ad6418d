"""Named conversions, as a registry entry gives them in `code`, with an option behind a colon where
one has some.
"""

from burnish.data import conversions, pictures
from burnish.data.conversions import Code
from burnish.data.recipes import RECIPES

CODES: dict[str, Code] = {
    "seed_tasks": conversions.seed_tasks,
    "nli": conversions.nli,
    "choices": conversions.choices,
    "first_turn": conversions.first_turn,
    "all_turns": conversions.all_turns,
    "toolalpaca": conversions.toolalpaca,
    "self_cognition": conversions.self_cognition,
    "TextGenerationPreprocessor": conversions.filled(
        "Write an advertisement from these words.\n{content}", "summary", "content"
    ),
    "ConversationsPreprocessor": conversions.same,
    "AlpacaPreprocessor": conversions.same,
    "SmartPreprocessor": conversions.same,
    "ClsPreprocessor": conversions.classes,
    "ComposePreprocessor": conversions.sql_context,
    "ListPreprocessor": pictures.list_pairs,
    "_preprocess_aishell1_dataset": pictures.aishell,
    "_preprocess_blossom_math": conversions.blossom_math,
    "_preprocess_capcha_images": pictures.ask("Read the characters.", "solution", images="image"),
    "_preprocess_vision_dataset": pictures.caption,
    "_preprocess_vision_dataset2": pictures.caption,
    "preprocess_dolly_15k": conversions.dolly,
    "_preprocess_dureader_robust": conversions.dureader_qg,
    "_preprocess_firefly": conversions.columns(query="input", response="target"),
    "preprocess_guanaco": conversions.guanaco,
    "_preprocess_hc3": conversions.hc3,
    "process_hh_rlhf": conversions.same,
    "process_hh_rlhf_cn": conversions.hh_rlhf_cn,
    "_preprocess_latex_ocr_dataset": pictures.ask(
        "Write the formula as LaTeX.", "text", images="image"
    ),
    "_preprocess_leetcode_python": conversions.leetcode,
    "preprocess_llava_mix_sft": conversions.same,
    "preprocess_lmsys_chat": conversions.same,
    "long_alpaca_preprocessor": conversions.long_alpaca,
    "_preprocess_m3it": pictures.m3it,
    "orpo_dpo_mix_40k_preprocessor": conversions.same,
    "_preprocess_pixelprose": pictures.pixelprose,
    "process_rlaif_v": pictures.rlaif_v,
    "_preprocess_ruozhiba": conversions.ruozhiba,
    "preprocess_sa1b_dense_caption": pictures.sa1b,
    "preprocess_sa1b_paired_caption": pictures.sa1b,
    "process_shareai_dpo": conversions.columns(
        query="question", response="answer_zh", rejected_response="answer_en"
    ),
    "preprocess_sharegpt": conversions.same,
    "synthetic_text_to_sql_preprocesser": conversions.text_to_sql,
    "_preprocess_tigerbot_law": conversions.tigerbot_law,
    "_preprocess_toolbench": conversions.same,
    "process_ultrafeedback_kto": conversions.same,
    "process_zhihu_kol": conversions.columns(query="INSTRUCTION", response="RESPONSE"),
}
ARCHIVES = (
    "its pictures or films lie in archives of their own: unpack them, and give a local file with "
    "query, response and images (or videos) that names them"
)
REFUSED: dict[str, str] = {
    **dict.fromkeys(
        (
            "_preprocess_egoschema",
            "preprocess_gqa",
            "preprocess_llava_data",
            "_preprocess_llava_instruct_images",
            "_preprocess_llava_pretrain",
            "preprocess_mind2web",
            "_preprocess_moviechat_1k_test",
            "preprocess_sharegpt_4o_images",
            "_preprocess_sharegpt4v",
            "_preprocess_video_chatgpt",
        ),
        ARCHIVES,
    ),
    "_preprocess_msagent_multirole_dataset": (
        "its columns do not say which speaker the model plays: convert it to messages"
    ),
    "preprocess_func": "the name stands for a function of one's own: give file.py:function",
}
"""Conversions that cannot be known from a name and columns -> why, and what to do."""


def known() -> list[str]:
    """Every name that a `code` may have."""
    return sorted((*CODES, *RECIPES))
