"""Speech with its text."""

from burnish.catalog.corpora.spec import Corpus

CORPORA = (
    Corpus(
        "aishell1-zh",
        None,
        "speech_asr/speech_asr_aishell1_trainsets",
        split=("train", "validation", "test"),
        code="_preprocess_aishell1_dataset",
        tags=("chat", "multi-modal", "audio"),
    ),
    Corpus(
        "aishell1-zh-mini",
        None,
        "speech_asr/speech_asr_aishell1_trainsets",
        split=("validation", "test"),
        code="_preprocess_aishell1_dataset",
        tags=("chat", "multi-modal", "audio", "🔥"),
    ),
)
