"""What every test may use: the folder of real inputs, a tiny model, and no network. What tests
tokenise is cached in a folder of the session, never in the user's own cache.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers share the cores; one thread each is faster

ROOT = Path(__file__).resolve().parent.parent


def shared_folder() -> Path:
    """Where real tokenizers and data lie, if they lie anywhere."""
    return Path(os.environ.get("BURNISH_SHARED", ROOT.parent / "shared"))


def pytest_configure(config: pytest.Config) -> None:
    """Cache for this session alone, also what subprocesses tokenise. Not done on import: a
    subprocess that imports this file has its cache already.
    """
    cache = tempfile.mkdtemp(prefix="burnish-tests-")
    os.environ["BURNISH_CACHE"] = cache
    config.add_cleanup(lambda: shutil.rmtree(cache, ignore_errors=True))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, and say why."""
    for item in items:
        if item.get_closest_marker("shared") and not (shared_folder() / "data").is_dir():
            item.add_marker(pytest.mark.skip(reason=f"no real inputs at {shared_folder()}"))
        if item.get_closest_marker("gpu") and not has_gpu():
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))


def has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real inputs; skips the test where there is none."""
    folder = shared_folder()
    if not (folder / "data").is_dir():
        pytest.skip(f"no real inputs at {folder}")
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A two-layer Llama of random weights with a byte tokenizer and a chat template."""
    from tests.tiny import write_tiny_model

    return write_tiny_model(tmp_path_factory.mktemp("tiny"))
