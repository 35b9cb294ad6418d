"""Write the map of files into README.md and README.zh-CN.md, from the files' own first lines.

python tools/make_map.py           rewrite what is stale
python tools/make_map.py --check   exit 1 when something is stale
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "burnish"
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
START, END = "```text\nsrc/burnish/\n", "```"

# In the order data passes through them.
PACKAGES = {
    "core": "errors, registries, files: the standard library only, for every layer",
    "config": "flags, declared once, and the one pipeline from them to a Config",
    "catalog": "facts about models, templates and data sets, as literals",
    "data": "row -> Sample -> Encoded -> Batch; one file for each arrow",
    "nn": "everything that is a torch module or function",
    "tuners": "what --sft_type names: one file each",
    "objectives": "losses: per-token scores to sums with a unit",
    "optim": "optimisers and schedules",
    "infer": "engines that answer, and the terminal and data-set sessions on them",
    "train": "the loop and all it needs",
    "export": "models in other shapes",
    "evals": "benchmarks",
    "serve": "HTTP",
    "commands": "one file for each command: its flags, its defaults, what it calls",
}


def first_line(path: Path) -> str:
    """The first line of the file's docstring, without its full stop."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0].rstrip(".")


def map_text() -> str:
    """The map: a line for each file, under a line for each package."""
    lines = entries(SOURCE, "")
    for package, purpose in PACKAGES.items():
        if (SOURCE / package).is_dir():
            lines += ["", f"{package + '/':<22} {purpose}", *entries(SOURCE / package, "  ", True)]
    return "\n".join([*lines, "", f"{'assets/demo/':<22} the embedded demo model", ""])


def entries(folder: Path, indent: str, inside: bool = False) -> list[str]:
    """A line for each file of the folder, and of the folders in it."""
    lines = []
    for path in sorted(folder.iterdir(), key=lambda path: (path.is_dir(), path.name)):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".py" and (name != "__init__.py" or path.stat().st_size):
            lines.append(f"{indent}{name:<{22 - len(indent)}} {first_line(path)}")
        elif path.is_dir() and inside and any(path.rglob("*.py")):
            lines += [f"{indent}{name}/", *entries(path, indent + "  ", True)]
    return lines


def replace_map(text: str) -> str:
    """The README with the map of today."""
    before, start, rest = text.partition(START)
    assert start, f"a README must hold the block that begins {START!r}"
    return before + START + map_text() + END + rest.partition(END)[2]


def main() -> int:
    """Rewrite, or only look, and name what was stale."""
    stale = False
    for path in READMES:
        text = path.read_text(encoding="utf-8")
        fresh = replace_map(text)
        if fresh != text:
            stale = True
            print(f"{path.name}: the map is stale; run make docs")
            if "--check" not in sys.argv:
                path.write_text(fresh, encoding="utf-8")
    return int(stale and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
