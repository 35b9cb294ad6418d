from pathlib import Path

from tests.data.rows import one


def test_conversions_of_pictures_and_sounds(tmp_path: Path) -> None:
    for name in ("a.png", "a.wav"):
        (tmp_path / name).write_bytes(b"shown")
    rows = {
        "_preprocess_capcha_images": {"image": "a.png", "solution": "A"},
        "_preprocess_vision_dataset": {"image": "a.png", "caption": ["A", "B"]},
        "_preprocess_pixelprose": {"url": "a.png", "vlm_caption": "This image displays: A"},
        "preprocess_sa1b_dense_caption": {"url": "a.png", "cap": "{'global_caption': 'A'}"},
        "_preprocess_aishell1_dataset": {"Audio:FILE": "a.wav", "Text:LABEL": "A"},
        "_preprocess_m3it": {
            "instruction": "Q",
            "inputs": "",
            "outputs": "A",
            "image_base64_str": ["AA"],
        },
    }
    for code, row in rows.items():
        sample = one(tmp_path, code, row)
        assert sample.messages[1].text == "A" and sample.messages[0].parts[0].media, code
