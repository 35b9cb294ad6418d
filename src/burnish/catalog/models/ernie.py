"""ERNIE 4.5 and PaddleOCR."""

from burnish.catalog.models.spec import MOE, VISION, owners

BAIDU = owners("baidu", "PaddlePaddle")
BAIDU_MOE = owners("baidu", "PaddlePaddle", tags=MOE)
BAIDU_VISION_MOE = owners("baidu", "PaddlePaddle", tags=("multi-modal", "vision", "moe"))
PADDLEPADDLE = owners("PaddlePaddle", tags=VISION)

MODELS = (
    # Public lists give it the Hugging Face id of the tuned one.
    BAIDU("ernie4_5-0_3b-base-pt", "ERNIE-4.5-0.3B-Base-PT"),
    BAIDU("ernie4_5-0_3b-pt", "ERNIE-4.5-0.3B-PT", None),
    BAIDU_MOE("ernie4_5-21b-a3b-base-pt", "ERNIE-4.5-21B-A3B-Base-PT"),
    BAIDU_MOE("ernie4_5-21b-a3b-pt", "ERNIE-4.5-21B-A3B-PT", None),
    BAIDU_MOE("ernie4_5-21b-a3b-thinking", "ERNIE-4.5-21B-A3B-Thinking", None),
    BAIDU_MOE("ernie4_5-300b-a47b-base-pt", "ERNIE-4.5-300B-A47B-Base-PT"),
    BAIDU_MOE("ernie4_5-300b-a47b-pt", "ERNIE-4.5-300B-A47B-PT", None),
    BAIDU_VISION_MOE("ernie4_5-vl-28b-a3b-base-pt", "ERNIE-4.5-VL-28B-A3B-Base-PT", None),
    BAIDU_VISION_MOE("ernie4_5-vl-28b-a3b-pt", "ERNIE-4.5-VL-28B-A3B-PT", None),
    BAIDU_VISION_MOE("ernie4_5-vl-28b-a3b-thinking", "ERNIE-4.5-VL-28B-A3B-Thinking", None),
    BAIDU_VISION_MOE("ernie4_5-vl-424b-a47b-base-pt", "ERNIE-4.5-VL-424B-A47B-Base-PT", None),
    BAIDU_VISION_MOE("ernie4_5-vl-424b-a47b-pt", "ERNIE-4.5-VL-424B-A47B-PT", None),
    PADDLEPADDLE("paddleocr-vl", "PaddleOCR-VL", None),
    PADDLEPADDLE("paddleocr-vl-1_5", "PaddleOCR-VL-1.5", None),
    PADDLEPADDLE("paddleocr-vl-1_6", "PaddleOCR-VL-1.6", None),
)
