"""Both layouts of an adapter inside a checkpoint."""

from burnish.core.adapter import CONFIG, adapter_folder, adapter_place


def test_an_adapter_lies_at_the_top_or_in_default(tmp_path):
    assert adapter_place(tmp_path, "peft") == tmp_path == adapter_folder(tmp_path)
    inner = adapter_place(tmp_path, "swift")
    assert inner == tmp_path / "default" and inner.is_dir()
    assert adapter_folder(tmp_path) == tmp_path, "an empty folder is no adapter"
    (inner / CONFIG).write_text("{}")
    assert adapter_folder(tmp_path) == inner
    assert adapter_place(tmp_path, "swift") == inner, "a second time, too"
