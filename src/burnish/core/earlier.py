"""The adapters that another one was trained upon: copied into its checkpoint, known by hashes.

Such an adapter is another model without them. So `adapter_config.json` names them, the first one
nearest to the base, and they lie beside it in earlier/0, earlier/1, ...
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.core import manifest
from burnish.core.adapter import ARGUMENTS, BASE, CONFIG, STATE, WEIGHTS, adapter_folder
from burnish.core.errors import CheckpointError
from burnish.core.files import read_json
from burnish.core.fingerprint import base_difference, base_fingerprint
from burnish.core.log import log

KEY = "burnish_earlier"
"""In adapter_config.json: where each lay, and the SHA-256 of its two files."""
FOLDER = "earlier"
HASHED = (CONFIG, WEIGHTS)
README = """\
# An adapter ({kind}) that is not a model by itself

It was trained upon {count} other(s), which are part of the model; they lie in `{folder}/0` and so
on, the first one nearest to the base. burnish puts them there by itself:

    burnish infer --ckpt_dir <this checkpoint>
"""
WITH_PEFT = """
Plain peft does not know of them: `PeftModel.from_pretrained` on the base alone gives another model.
They go into the base first, in this order:

    model = base
    for number in range({count}):
        model = PeftModel.from_pretrained(model, f"{folder}/{{number}}").merge_and_unload()
    model = PeftModel.from_pretrained(model, ".")
"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An adapter that is part of the weights before the next one is put on them."""

    folder: Path
    """Where it can be read now; base.json stands there, the adapter perhaps below."""
    record: dict[str, str]
    """{"path": where it was when it was first used, file: SHA-256}"""

    @property
    def hashes(self) -> tuple[str, ...]:
        """What it is, wherever it lies."""
        return tuple(self.record[name] for name in HASHED)


def read_settings(folder: Path) -> dict[str, Any]:
    """adapter_config.json of a checkpoint in either layout; {} where there is none."""
    file = adapter_folder(folder) / CONFIG
    found = read_json(file) if file.is_file() else {}
    return found if isinstance(found, dict) else {}


def kind_of(folder: Path) -> str:
    """LORA, IA3, ... of peft, or the name of a method of our own."""
    settings = read_settings(folder)
    named = (settings.get(name) for name in ("peft_type", "swift_type", "burnish_type"))
    return str(next(filter(None, named), "unknown"))


def as_earlier(folder: Path) -> Earlier:
    """The LoRA adapter in `folder`, which is whole, as one to be merged.

    Raises:
        CheckpointError: there is none, it is damaged, or it is of another kind.
    """
    refuse_damaged(folder)
    kind = kind_of(folder)
    if kind != "LORA":
        raise CheckpointError(
            f"{folder} holds an adapter of the kind {kind}: only LoRA adapters can follow upon "
            "each other, or have a new one put upon them"
        )
    inner = adapter_folder(folder)
    hashes = {name: manifest.digest(inner / name) for name in HASHED}
    return Earlier(folder, {"path": str(folder.resolve()), **hashes})


def refuse_damaged(folder: Path) -> None:
    """Raises: CheckpointError where `folder` holds no adapter, or not as it was saved."""
    inner = adapter_folder(folder)
    if not folder.is_dir():
        raise CheckpointError(f"--checkpoint_dir {folder} is not a folder")
    if not (inner / CONFIG).is_file():
        what = "a whole model" if (folder / "config.json").is_file() else f"no {CONFIG}"
        fix = " give it as --model_id_or_path" if what == "a whole model" else " it is no adapter"
        runs = sorted(folder.glob("checkpoint-*"), key=lambda path: (len(path.name), path.name))
        fix = f" it is a run; its last checkpoint is {runs[-1]}" if runs else fix
        raise CheckpointError(f"--checkpoint_dir {folder} holds {what}:{fix}")
    if not (inner / WEIGHTS).is_file():
        raise CheckpointError(f"--checkpoint_dir {folder}: {inner / WEIGHTS} is missing")
    problems = [] if is_foreign(folder) else manifest.check(folder, unread=STATE)
    if problems:
        raise CheckpointError(f"--checkpoint_dir {folder} is damaged: {'; '.join(problems[:4])}")


def earlier_of(folder: Path) -> tuple[Earlier, ...]:
    """Those that the adapter of a checkpoint was trained upon, from the copies that it carries.

    Raises:
        CheckpointError: one of them is missing or is not what it was.
    """
    inner = adapter_folder(folder)
    records = read_settings(folder).get(KEY) or []
    fix = "copy the whole checkpoint again"
    if not all(isinstance(r, dict) and {"path", *HASHED} <= r.keys() for r in records):
        raise CheckpointError(f"{inner / CONFIG} is damaged: {KEY} cannot be read; {fix}")
    found = tuple(Earlier(inner / FOLDER / str(n), record) for n, record in enumerate(records))
    for one in found:
        for name in HASHED:
            file = one.folder / name
            whole = file.is_file() and manifest.digest(file) == one.record[name]
            if not whole:
                wrong = "was changed" if file.is_file() else "is missing"
                raise CheckpointError(
                    f"the adapter in {folder} was trained upon {len(found)} earlier, and {file} "
                    f"{wrong}: without it this is another model; {fix}"
                )
    return found


def line_up(folders: Sequence[Path]) -> tuple[Earlier, ...]:
    """The adapters of these folders, each after those that it carries; none twice.

    Raises:
        CheckpointError: one is no LoRA adapter, or was trained upon others than stand before it.
    """
    line: tuple[Earlier, ...] = ()
    for folder in folders:
        own, carried = as_earlier(folder), earlier_of(folder)
        if carried and line and [e.hashes for e in carried] != [e.hashes for e in line]:
            trained = ", ".join(one.record["path"] for one in carried)
            raise CheckpointError(
                f"{folder} was trained upon {trained}, not upon what stands before it. It carries "
                "those itself: name it first, or alone"
            )
        line = (*(carried or line), own)
    return line


def is_foreign(folder: Path) -> bool:
    """Whether another program wrote an adapter."""
    return not any((folder / name).is_file() for name in (manifest.NAME, ARGUMENTS))


def tell_of_doubts(folders: Sequence[Path]) -> None:
    """Say which of these adapters, given in their order, may not be what they are taken for."""
    for place, folder in enumerate(folders):
        if folder.parent.name == FOLDER:
            continue  # a copy, which its hashes vouch for
        if is_foreign(folder):
            log.warning("%s was not written by burnish: nothing says whether it is whole, nor what "
                        "it was trained on", folder)  # fmt: skip
        elif place and not read_settings(folder).get(KEY):
            log.warning("%s was trained on the base alone; here it comes upon others", folder)


def refuse_other_base(folders: Sequence[Path], base: Path) -> None:
    """Raises: CheckpointError where one of them was trained on another model than `base`."""
    known = [folder for folder in folders if (folder / BASE).is_file()]
    present = base_fingerprint(base) if known else {}
    for folder in known:
        if lines := base_difference(read_json(folder / BASE), present):
            raise CheckpointError(
                f"{base} is not the model that {folder} was trained on: {'; '.join(lines)}. Give "
                "that one with --model_id_or_path"
            )


def keep(line: Sequence[Earlier], folder: Path) -> tuple[Earlier, ...]:
    """Copies of these adapters in `folder`/0, `folder`/1, ..., the same bytes.

    Raises:
        CheckpointError: one was changed meanwhile, or cannot be copied.
    """
    kept = tuple(Earlier(folder / str(n), one.record) for n, one in enumerate(line))
    for one, copy in zip(line, kept, strict=True):
        if one.folder.resolve() == copy.folder.resolve():
            continue
        try:
            copy.folder.mkdir(parents=True, exist_ok=True)
            for name in HASHED:
                shutil.copyfile(adapter_folder(one.folder) / name, copy.folder / name)
            if (one.folder / BASE).is_file():
                shutil.copyfile(one.folder / BASE, copy.folder / BASE)
        except OSError as error:
            raise CheckpointError(f"{one.folder} cannot be copied: {error}") from error
        if any(manifest.digest(copy.folder / name) != one.record[name] for name in HASHED):
            raise CheckpointError(f"{one.folder} is not what it was when this run began")
    return kept


def write(line: Sequence[Earlier], folder: Path) -> None:
    """Put these adapters beside the one in `folder`, and say so in its config and README."""
    keep(line, folder / FOLDER)
    settings = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    settings[KEY] = [one.record for one in line]
    text = json.dumps(settings, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")
    readme = README + (WITH_PEFT if settings.get("peft_type") else "")
    told = readme.format(kind=kind_of(folder), count=len(line), folder=FOLDER)
    (folder / "README.md").write_text(told, encoding="utf-8")
