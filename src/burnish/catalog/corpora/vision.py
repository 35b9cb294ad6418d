"""Questions about pictures."""

from burnish.catalog.corpora.spec import Corpus

CORPORA = (
    Corpus(
        "a-okvqa",
        "HuggingFaceM4/A-OKVQA",
        "swift/A-OKVQA",
        split=("train", "validation"),
        tags=("multi-modal", "en", "vqa", "quality"),
    ),
    Corpus(
        "chart-qa",
        "HuggingFaceM4/ChartQA",
        "swift/ChartQA",
        columns={"label": "response", "image": "images"},
        tags=("en", "vqa", "quality"),
    ),
    Corpus(
        "gqa",
        "lmms-lab/GQA",
        subsets=("train_all_instructions",),
        code="preprocess_gqa",
        tags=("multi-modal", "en", "vqa", "quality"),
        huge=True,
    ),
    Corpus(
        "lnqa",
        "vikhyatk/lnqa",
        "swift/lnqa",
        split=("train", "validation"),
        tags=("multi-modal", "en", "ocr-vqa", "quality"),
        huge=True,
    ),
    Corpus(
        "mind2web",
        "osunlp/Multimodal-Mind2Web",
        "swift/Multimodal-Mind2Web",
        code="preprocess_mind2web",
        tags=("agent", "multi-modal"),
    ),
    Corpus(
        "ocr-vqa",
        "howard-hou/OCR-VQA",
        "swift/OCR-VQA",
        split=("train", "validation"),
        tags=("multi-modal", "en", "ocr-vqa"),
    ),
    Corpus(
        "okvqa",
        "Multimodal-Fatima/OK-VQA_train",
        "swift/OK-VQA_train",
        tags=("multi-modal", "en", "vqa", "quality"),
    ),
    Corpus(
        "path-vqa",
        "flaviagiammarino/path-vqa",
        "swift/path-vqa",
        columns={"image": "images", "question": "query", "answer": "response"},
        tags=("multi-modal", "vqa", "medical"),
    ),
    Corpus(
        "science-qa",
        "derek-thomas/ScienceQA",
        "swift/ScienceQA",
        split=("train", "validation"),
        tags=("multi-modal", "science", "vqa", "quality"),
    ),
    Corpus(
        "vqa-v2",
        "HuggingFaceM4/VQAv2",
        "swift/VQAv2",
        columns={"question": "query", "multiple_choice_answer": "response", "image": "images"},
        tags=("en", "vqa", "quality"),
    ),
)
