"""The shape of the code: layers, where libraries enter, sizes and names of files."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "burnish"
FILES = sorted(SOURCE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}

# Library: the files of src/burnish that may import it. One library, one place: an upgrade is then
# one file's work. `torch` is not listed, since every layer above catalog may use it.
ENTRANCES = {
    "transformers": (
        "nn/load.py",
        "nn/quantize.py",
        "nn/prequantised.py",
        "nn/rope.py",
        "nn/layers/prefix.py",
        "nn/layers/shifted_attention.py",
        "nn/kernels/attention.py",
        "nn/kernels/swap.py",
        "nn/scorer.py",
        "infer/hf.py",
        "optim/schedule.py",
        "data/custom.py",  # a person's function that makes rows expects transformers' tokenizer
    ),
    "peft": ("tuners/peft.py",),
    "accelerate": ("train/mesh.py",),
    "deepspeed": ("train/mesh.py",),
    "datasets": (),
    "pyarrow": ("data/columnar.py", "data/layout.py"),
    "triton": (
        "nn/kernels/rows_triton.py",
        "nn/kernels/adamw_triton.py",
        "nn/kernels/float8_triton.py",
    ),
    "tokenizers": ("data/tokenizer.py", "data/tokenizer_files.py"),
    "jinja2": ("data/tokenizer.py", "data/template.py", "data/sandbox.py"),
    "argparse": ("config/parse.py",),
    "regex": ("data/weights.py", "data/weight_rules.py"),
    "yaml": ("config/parse.py", "data/pick.py"),
    "starlette": ("serve/http.py",),
    "uvicorn": ("serve/http.py",),
    "gradio": ("serve/panel.py", "serve/form.py", "serve/chat_page.py"),
    "huggingface_hub": ("core/hub.py", "core/hub_data.py"),
    "modelscope": ("core/hub.py", "core/hub_data.py"),
    "gptqmodel": ("export/*.py",),
    "bitsandbytes": ("export/*.py", "nn/quantize.py", "optim/bnb.py"),
    "hqq": ("nn/quantize.py",),
    "torchao": ("nn/quantize.py",),
    "gguf": ("export/gguf.py",),
    "liger_kernel": ("nn/kernels/swap.py",),
    "unsloth": ("nn/unsloth.py",),
    "tensorboard": ("train/report.py",),
    "matplotlib": ("train/curves.py",),
    "vllm": (),
    "lmdeploy": (),
    "trl": (),
}


def place(path: Path) -> str:
    """The file's path below src/burnish."""
    return path.relative_to(SOURCE).as_posix()


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, module) of every import that runs; those for type checkers only are left out."""
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def lint(*arguments: str) -> subprocess.CompletedProcess[str]:
    tool = shutil.which(arguments[0], path=str(Path(sys.executable).parent))
    assert tool, f"{arguments[0]} is not installed: make install"
    return subprocess.run(
        [tool, *arguments[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_layers_import_only_from_below() -> None:
    done = lint("lint-imports", "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_libraries_enter_at_their_place() -> None:
    wrong = []
    for path, tree in TREES.items():
        for line, module in imported(tree):
            allowed = ENTRANCES.get(module.partition(".")[0])
            if allowed is not None and not any(fnmatch(place(path), name) for name in allowed):
                wrong.append(f"{place(path)}:{line} imports {module}; it belongs in {allowed}")
    assert not wrong, "\n".join(wrong)


def test_core_and_config_use_the_standard_library_only() -> None:
    allowed = set(sys.stdlib_module_names) | {"burnish", "huggingface_hub", "modelscope", "yaml"}
    wrong = []
    for path, tree in TREES.items():
        if not place(path).startswith(("core/", "config/", "catalog/")):
            continue
        for line, module in imported(tree):
            library = module.partition(".")[0]
            late = library == "torch" and place(path) in ("core/lazy.py", "core/facts.py")
            if library not in allowed and not late:
                wrong.append(f"{place(path)}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_init_files_are_empty_but_the_top_one() -> None:
    full = [place(path) for path in FILES if path.name == "__init__.py" and path.stat().st_size]
    assert full in ([], ["__init__.py"])


def test_every_package_has_an_init_file() -> None:
    bare = {path.parent for path in FILES if not (path.parent / "__init__.py").exists()}
    assert not bare


def test_no_file_is_named_after_nothing() -> None:
    empty_names = {"utils", "util", "misc", "common", "helpers", "helper"}
    assert not [place(path) for path in FILES if {path.stem, path.parent.name} & empty_names]


def test_files_and_functions_are_short() -> None:
    long = []
    for path, tree in TREES.items():
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > 500:
            long.append(f"{place(path)} has {lines} lines")
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 80:
                    long.append(f"{place(path)}:{node.lineno} {node.name} has {length} lines")
    assert not long, "\n".join(long)


def test_every_file_says_what_it_holds() -> None:
    silent = [
        place(path)
        for path, tree in TREES.items()
        if path.name != "__init__.py" and not ast.get_docstring(tree)
    ]
    assert not silent


def test_imports_inside_functions_are_the_exception() -> None:
    done = lint("ruff", "check", "--select", "PLC0415", "--output-format", "concise", "src")
    assert done.returncode == 0, done.stdout


def test_no_attribute_of_an_imported_module_is_assigned() -> None:
    wrong = []
    for path, tree in TREES.items():
        modules = {
            (alias.asname or alias.name).partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
            if not alias.name.startswith("burnish")  # ours
        }
        for node in ast.walk(tree):
            for target in node.targets if isinstance(node, ast.Assign) else []:
                owner = target.value if isinstance(target, ast.Attribute) else None
                if isinstance(owner, ast.Name) and owner.id in modules:
                    wrong.append(f"{place(path)}:{node.lineno} {ast.unparse(target)}")
    assert not wrong, "\n".join(wrong)
