"""A fingerprint tells one base from another, and says in what they differ."""

import shutil

from burnish.core.fingerprint import EDGE_BYTES, base_difference, base_fingerprint


def make(folder):
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 12288)  # 3 MiB
    (folder / "training_args.bin").write_bytes(b"no weights")
    return folder


def test_a_copy_is_the_same(tmp_path):
    first = make(tmp_path / "a")
    second = shutil.copytree(first, tmp_path / "b")
    found = base_fingerprint(first)
    assert list(found["weights"]) == ["model.safetensors"]
    assert found["path"] == str(first.resolve())
    assert base_difference(found, base_fingerprint(second)) == []


def test_every_difference_is_named(tmp_path):
    folder = make(tmp_path / "a")
    recorded = base_fingerprint(folder)
    weights = folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert base_difference(recorded, base_fingerprint(folder)) == [
        "model.safetensors has other contents"
    ]
    weights.write_bytes(content[:-1])
    (folder / "config.json").write_text("{ }")
    (folder / "more.safetensors").write_bytes(b"")
    assert base_difference(recorded, base_fingerprint(folder)) == [
        "config.json is another one",
        "more.safetensors was not there",
        "model.safetensors had 3145728 bytes and has 3145727",
    ]
    weights.unlink()
    assert "model.safetensors is missing" in base_difference(recorded, base_fingerprint(folder))


def test_only_the_ends_are_read(tmp_path):
    """The price of being cheap: the middle of a large file is not seen."""
    folder = make(tmp_path / "a")
    recorded = base_fingerprint(folder)
    weights = folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[EDGE_BYTES + 5] ^= 1
    weights.write_bytes(content)
    assert base_difference(recorded, base_fingerprint(folder)) == []
