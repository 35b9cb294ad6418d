"""RefCOCO and what else ties words to places in a picture."""

from burnish.catalog.corpora.spec import Corpus

CORPORA = (
    Corpus(
        "grit",
        "zzliang/GRIT",
        "swift/GRIT",
        tags=("multi-modal", "en", "caption-grounding", "quality"),
        huge=True,
    ),
    Corpus(
        "refcoco-unofficial-caption",
        "jxu124/refcoco",
        "swift/refcoco",
        split=("train", "validation"),
        tags=("multi-modal", "en", "caption"),
    ),
    Corpus(
        "refcoco-unofficial-grounding",
        "jxu124/refcoco",
        "swift/refcoco",
        split=("train", "validation"),
        tags=("multi-modal", "en", "grounding"),
    ),
    Corpus(
        "refcocog-unofficial-caption",
        "jxu124/refcocog",
        "swift/refcocog",
        split=("train", "validation"),
        tags=("multi-modal", "en", "caption"),
    ),
    Corpus(
        "refcocog-unofficial-grounding",
        "jxu124/refcocog",
        "swift/refcocog",
        split=("train", "validation"),
        tags=("multi-modal", "en", "grounding"),
    ),
)
