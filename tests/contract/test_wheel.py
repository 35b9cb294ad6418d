"""The wheel that `pip install burnish` would get: the code, the demo model, the command."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO = (
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "generation_config.json",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built here with hatchling; needs no network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (path,) = folder.glob("burnish-*.whl")
    return zipfile.ZipFile(path)


def read(wheel: zipfile.ZipFile, ending: str) -> str:
    (name,) = (name for name in wheel.namelist() if name.endswith(ending))
    return wheel.read(name).decode()


def test_it_holds_the_demo_model(wheel: zipfile.ZipFile) -> None:
    for name in DEMO:
        assert f"burnish/assets/demo/{name}" in wheel.namelist()
    assert wheel.getinfo("burnish/assets/demo/model.safetensors").file_size <= 12_000_000


def test_it_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    source = ROOT / "src"
    wanted = {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    assert wanted <= set(wheel.namelist())


def test_it_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {top.partition("-")[0] for top in tops} == {"burnish"}


def test_its_command_is_burnish_and_no_other(wheel: zipfile.ZipFile) -> None:
    scripts = read(wheel, "entry_points.txt").splitlines()
    assert scripts == ["[console_scripts]", "burnish = burnish.__main__:main"]


def test_it_carries_its_licence(wheel: zipfile.ZipFile) -> None:
    assert "Apache License" in read(wheel, "licenses/LICENSE")
    assert "License-Expression: Apache-2.0" in read(wheel, "METADATA")


def test_the_version_is_the_same_everywhere(wheel: zipfile.ZipFile) -> None:
    import burnish

    assert f"\nVersion: {burnish.__version__}\n" in read(wheel, "METADATA")
