"""Earlier adapters: lined up, copied, and known again."""

import json
import shutil

import pytest

from burnish.core import earlier, manifest
from burnish.core.errors import CheckpointError


def adapter(folder, content="weights", **more):
    """A folder that holds what this file looks at."""
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", **more}))
    (folder / "adapter_model.safetensors").write_text(content)
    return folder


def upon(folder, *others, content="more"):
    """An adapter that was trained upon others."""
    earlier.write([earlier.as_earlier(one) for one in others], adapter(folder, content))
    return folder


def test_an_adapter_carries_those_before_it(tmp_path):
    a = adapter(tmp_path / "a")
    b = upon(tmp_path / "b", a)
    (found,) = earlier.earlier_of(b)
    assert found.folder == b / "earlier" / "0" and found.hashes == earlier.as_earlier(a).hashes
    assert [one.folder for one in earlier.line_up([b])] == [found.folder, b]
    assert [one.folder for one in earlier.line_up([a, b])] == [found.folder, b]  # none twice
    c = upon(tmp_path / "c", b / "earlier" / "0", b, content="third")
    shutil.rmtree(a)
    shutil.rmtree(b)
    assert len(earlier.line_up([c])) == 3
    assert "range(2)" in (c / "README.md").read_text()
    assert earlier.earlier_of(tmp_path / "nothing") == ()


def test_an_order_that_was_not_trained_is_refused(tmp_path):
    a, x = adapter(tmp_path / "a"), adapter(tmp_path / "x", "other")
    b = upon(tmp_path / "b", a)
    with pytest.raises(CheckpointError, match="not upon what stands before"):
        earlier.line_up([x, b])
    assert len(earlier.line_up([b, x])) == 3


@pytest.mark.parametrize("name", ["adapter_config.json", "adapter_model.safetensors"])
def test_missing_or_changed_ones_are_named(tmp_path, name):
    b = upon(tmp_path / "b", adapter(tmp_path / "a"))
    file = b / "earlier" / "0" / name
    file.write_text(file.read_text() + " ")
    with pytest.raises(CheckpointError, match=f"0/{name} was changed"):
        earlier.earlier_of(b)
    file.unlink()
    with pytest.raises(CheckpointError, match=f"0/{name} is missing"):
        earlier.earlier_of(b)


def test_what_changed_since_the_run_began_is_not_copied(tmp_path):
    a = adapter(tmp_path / "a")
    one = earlier.as_earlier(a)
    earlier.keep([one], tmp_path / "kept")
    (a / "adapter_model.safetensors").write_text("others")
    with pytest.raises(CheckpointError, match="is not what it was"):
        earlier.keep([one], tmp_path / "kept")


def test_damage_is_found_where_there_is_a_manifest(tmp_path):
    a = adapter(tmp_path / "a")
    manifest.write(a)
    assert earlier.as_earlier(a).record["path"] == str(a)
    (a / "adapter_model.safetensors").write_text("?")
    with pytest.raises(CheckpointError, match="is damaged"):
        earlier.as_earlier(a)
    (a / "manifest.json").unlink()
    (a / "sft_args.json").write_text("{}")
    with pytest.raises(CheckpointError, match="never finished"):
        earlier.as_earlier(a)


def test_records_that_cannot_be_read(tmp_path):
    a = adapter(tmp_path / "a", burnish_earlier=[{"path": "b"}])
    with pytest.raises(CheckpointError, match="burnish_earlier cannot be read"):
        earlier.earlier_of(a)


def test_doubts_are_told(tmp_path, caplog):
    a, b, c = (adapter(tmp_path / name) for name in "abc")
    upon(tmp_path / "d", a)
    for known in (b, tmp_path / "d"):
        manifest.write(known)
    with caplog.at_level("WARNING", logger="burnish"):
        earlier.tell_of_doubts([tmp_path / "d" / "earlier" / "0", tmp_path / "d"])
        assert not caplog.messages
        earlier.tell_of_doubts([c, b])
    assert "c was not written by burnish" in caplog.messages[0]
    assert "b was trained on the base alone" in caplog.messages[1]
