"""Data sets that a function of a person makes: `--dataset file.py` or `file.py:function`.

The function is called as the Llama recipes call it, with a configuration, the tokenizer of
transformers and the split's name. Its rows are written once, as JSON lines in a folder named by
their content, and are then read like any file.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from burnish.core.errors import DataError
from burnish.core.lazy import lazy
from burnish.core.registry import nearest
from burnish.core.require import require
from burnish.data import cache
from burnish.data.cells import kind_of
from burnish.data.own_code import module_of, told
from burnish.data.table import Table, open_table

if TYPE_CHECKING:
    import transformers
else:
    transformers = lazy("transformers")

FindFolder = Callable[[], Path | None]
"""Finds the model's folder; asked only where its tokenizer is needed."""
FUNCTION = "get_custom_dataset"
COLLATOR = "get_data_collator"
SPLITS = {"--dataset": "train", "--val_dataset": "validation"}
ROWS = "rows.jsonl"


def open_custom(
    path: Path, functions: tuple[str, ...], flag: str, find_folder: FindFolder, remote_code: bool
) -> list[Table]:
    """The rows that each function gives, as a table.

    find_folder  the model's, for its tokenizer
    remote_code  whether a tokenizer may bring code of its own

    Raises DataError with the place in the file when its code fails or gives something else.
    """
    module = module_of(path)
    if not functions and hasattr(module, COLLATOR):
        raise DataError(
            f"{flag} {path}: it has a function {COLLATOR}, and burnish makes its batches itself. "
            f"Write {path}:{FUNCTION} to go without it."
        )
    names = functions or (FUNCTION,)
    made = [_function(module, path, name, flag) for name in names]
    folder = find_folder()
    if folder is None:
        raise DataError(f"{flag} {path}: the tokenizer that its function needs is not known here.")
    tokenizer = _tokenizer(folder, remote_code)
    pairs = zip(names, made, strict=True)
    return [_table(path, name, function, tokenizer, flag) for name, function in pairs]


def _function(module: ModuleType, path: Path, name: str, flag: str) -> Callable[..., Any]:
    function = getattr(module, name, None)
    if callable(function):
        return function  # type: ignore[no-any-return]
    there = [
        key
        for key, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", "") == module.__name__
    ]
    close = nearest(name, there)
    hint = f"; did you mean {path}:{close}?" if close else f"; write {path}:FUNCTION" * bool(there)
    raise DataError(
        f"{flag} {path}: it holds no function {name}. There is {', '.join(there) or 'none'}{hint}"
    )


def _tokenizer(folder: Path, remote_code: bool) -> Any:
    """The tokenizer that such functions expect; one that cannot pad pads with its eos."""
    require("transformers", needed_by="a data set that a function makes")
    try:
        made = transformers.AutoTokenizer.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=remote_code
        )
    except Exception as error:  # a broken folder raises anything
        raise DataError(
            f"transformers cannot load the tokenizer of {folder}: {type(error).__name__}: {error}"
        ) from error
    if made.pad_token is None:
        made.pad_token = made.eos_token
    return made


def _table(path: Path, name: str, function: Callable[..., Any], tokenizer: Any, flag: str) -> Table:
    split = SPLITS.get(flag, "train")
    config = SimpleNamespace(
        dataset="custom_dataset",
        file=f"{path}:{name}",
        train_split="train",
        test_split="validation",
        data_path="",
    )
    where = f"{path}:{name}" if split == "train" else f"{path}:{name}/{split}"
    with _told(where, path):
        found = function(config, tokenizer, split)
    return open_table(_written(where, path, _rows(where, found)), where)


@contextmanager
def _told(where: str, path: Path) -> Iterator[None]:
    """A person's code may raise anything; it is told in one message."""
    try:
        yield
    except DataError:
        raise
    except (Exception, SystemExit) as error:
        raise DataError(f"{where} failed with {told(error, path)}") from error


def _rows(where: str, found: Any) -> Iterable[Any]:
    """What to iterate over. Raises DataError for what holds no rows."""
    if isinstance(found, (str, bytes, Mapping)):
        keys = f" with {', '.join(map(str, [*found][:5]))}" if isinstance(found, Mapping) else ""
        raise DataError(f"{where} gave {kind_of(found)}{keys} in place of rows: a list of objects.")
    if hasattr(found, "__iter__"):
        return found  # type: ignore[no-any-return]
    if hasattr(found, "__getitem__") and hasattr(found, "__len__"):
        return (found[k] for k in range(len(found)))  # as torch's data sets are read
    raise DataError(f"{where} gave {kind_of(found)} in place of rows: a list of objects.")


def _written(where: str, path: Path, rows: Iterable[Any]) -> Path:
    """The file of the rows, found by their content. Raises DataError where one cannot be kept."""
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory(dir=cache.folder_of("custom"), suffix=".part") as aside:
        file = Path(aside) / ROWS
        with file.open("wb") as out, _told(where, path):
            number = 0
            for number, row in enumerate(rows, 1):
                line = _line(where, number, row)
                digest.update(line)
                out.write(line)
        if not number:
            raise DataError(f"{where} gave no rows.")

        def move(folder: Path) -> None:
            file.replace(folder / ROWS)

        folder = cache.entry("custom", digest.hexdigest(), move)
    return folder / ROWS


def _line(where: str, number: int, row: Any) -> bytes:
    if not isinstance(row, Mapping):
        raise DataError(f"{where}: row {number} is {kind_of(row)}, not an object with columns.")
    try:
        return (json.dumps(dict(row), default=_plain) + "\n").encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise DataError(
            f"{where}: row {number} cannot be kept: {error}. Rows hold text, numbers, lists and "
            "objects."
        ) from error


def _plain(value: Any) -> Any:
    """Arrays and tensors as lists, and other mappings as objects."""
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"it holds a {type(value).__name__}")
