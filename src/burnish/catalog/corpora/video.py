"""Questions about videos."""

from burnish.catalog.corpora.spec import Corpus

CORPORA = (
    Corpus(
        "cinepile",
        "tomg-group-umd/cinepile",
        "swift/cinepile",
        columns={"yt_clip_link": "videos", "question": "query", "answer_key": "response"},
        tags=("vqa", "en", "youtube", "video"),
        huge=True,
    ),
    Corpus(
        "egoschema",
        "lmms-lab/egoschema",
        "AI-ModelScope/egoschema",
        subsets=("Subset",),
        split=("test",),
        code="_preprocess_egoschema",
        tags=("chat", "multi-modal", "video"),
    ),
    Corpus(
        "llava-video-178k",
        "lmms-lab/LLaVA-Video-178K",
        "lmms-lab/LLaVA-Video-178K",
        subsets=(
            "0_30_s_academic_v0_1",
            "0_30_s_youtube_v0_1",
            "1_2_m_academic_v0_1",
            "1_2_m_youtube_v0_1",
            "2_3_m_academic_v0_1",
            "2_3_m_youtube_v0_1",
            "30_60_s_academic_v0_1",
            "30_60_s_youtube_v0_1",
        ),
        split=("caption", "open_ended", "multi_choice"),
        code="ConversationsPreprocessor",
        tags=("chat", "multi-modal", "video"),
        huge=True,
    ),
    Corpus(
        "moviechat-1k-test",
        "Enxin/MovieChat-1K-test",
        "AI-ModelScope/MovieChat-1K-test",
        split=("test",),
        code="_preprocess_moviechat_1k_test",
        tags=("chat", "multi-modal", "video"),
    ),
    Corpus(
        "video-chatgpt",
        "lmms-lab/VideoChatGPT",
        "swift/VideoChatGPT",
        subsets=("Generic", "Temporal", "Consistency"),
        split=("test",),
        code="_preprocess_video_chatgpt",
        tags=("chat", "multi-modal", "video", "🔥"),
    ),
)
