"""A short, cheap proof that a model folder still holds the weights it held before."""

import hashlib
from pathlib import Path
from typing import Any

EDGE_BYTES = 1 << 20
"""How much of each end of a weight file is read: a 14 GB model takes milliseconds, not a minute."""

WEIGHT_SUFFIXES = (".safetensors", ".bin", ".pt", ".pth", ".gguf")


def base_fingerprint(folder: Path | str) -> dict[str, Any]:
    """What identifies the base model in `folder`: its config and the ends of its weight files.

    The result is plain JSON: `{"path", "config_sha256", "weights": {name: {"bytes", "sha256"}}}`,
    where a weight's sha256 covers its first and last MiB. The path says where the base lay; it is
    no part of the comparison.
    """
    folder = Path(folder)
    config = folder / "config.json"
    return {
        "path": str(folder.resolve()),
        "config_sha256": _sha256(config.read_bytes()) if config.is_file() else None,
        "weights": {
            path.name: {"bytes": path.stat().st_size, "sha256": _edges(path)}
            for path in sorted(folder.iterdir())
            if path.is_file() and _is_weights(path.name)
        },
    }


def base_difference(recorded: dict[str, Any], present: dict[str, Any]) -> list[str]:
    """What differs between two fingerprints, one line for each thing; empty when they agree."""
    lines = []
    if recorded["config_sha256"] != present["config_sha256"]:
        lines.append("config.json is another one")
    then, now = recorded["weights"], present["weights"]
    lines += [f"{name} is missing" for name in sorted(then.keys() - now.keys())]
    lines += [f"{name} was not there" for name in sorted(now.keys() - then.keys())]
    for name in sorted(then.keys() & now.keys()):
        if then[name]["bytes"] != now[name]["bytes"]:
            lines.append(f"{name} had {then[name]['bytes']} bytes and has {now[name]['bytes']}")
        elif then[name]["sha256"] != now[name]["sha256"]:
            lines.append(f"{name} has other contents")
    return lines


def _is_weights(name: str) -> bool:
    return name.endswith(WEIGHT_SUFFIXES) and name != "training_args.bin"


def _edges(path: Path) -> str:
    """sha256 over the first and the last MiB of a file, or over all of a small one."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if size <= 2 * EDGE_BYTES:
            return _sha256(file.read())
        head = file.read(EDGE_BYTES)
        file.seek(size - EDGE_BYTES)
        return _sha256(head + file.read())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
