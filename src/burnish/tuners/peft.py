"""Building, saving and loading adapters with peft: the only place that uses it."""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.config.groups.tuner import TunerGroup
from burnish.core.adapter import CONFIG, WEIGHTS, adapter_folder
from burnish.core.errors import CheckpointError, Problem, UsageError
from burnish.core.lazy import torch
from burnish.core.log import log
from burnish.tuners import targets

if TYPE_CHECKING:
    from torch import Tensor, nn

    from burnish.config.config import Config

ADAPTER = "default"
STATE = "tuner_state.safetensors"
"""What `restore` needs where the adapter's own file does not hold all that is trained."""
PREFIX = "base_model.model."
README = """This folder holds an adapter ({kind}) and what its training run needs to go on.

    burnish infer --ckpt_dir FOLDER
    burnish merge-lora --ckpt_dir FOLDER

or, on its base model, with peft alone:

    PeftModel.from_pretrained(base, "FOLDER{inner}")
"""
Edit = Callable[[dict[str, Any], Any], None]
"""(tensors to be written, a copy of the config): changes both in place."""


def chosen(model: nn.Module, config: Config) -> dict[str, Any]:
    """The options that --target_modules, --target_regex and --modules_to_save stand for."""
    tuner = config[TunerGroup]
    saved = targets.modules_to_save(model, tuner.modules_to_save)
    names = targets.target_modules(model, tuner.target_modules, tuner.target_regex)
    twice = [name for name in saved if name in names] if isinstance(names, list) else []
    if twice:
        wrong = "is among the modules to adapt; a module is adapted or trained whole"
        raise UsageError((Problem("modules_to_save", twice[0], wrong, "name it in one place"),))
    return {"target_modules": names, "modules_to_save": saved or None}


def attach(model: nn.Module, kind: str, **options: Any) -> nn.Module:
    """Wrap `model` with a fresh adapter of the peft config class `kind`.

    Only the adapter is trainable; its half-precision weights are held in float32.

    Raises:
        UsageError: the flags leave no module to adapt.
    """
    import peft

    from burnish.nn.layers.master import give_what_they_got

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peft_config = getattr(peft, kind)(task_type="CAUSAL_LM", **options)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tuned = peft.get_peft_model(model, peft_config, adapter_name=ADAPTER)
    except (ValueError, TypeError) as error:
        names = peft_config.target_modules or ()
        given = names if isinstance(names, str) else " ".join(sorted(names))
        wrong = f"cannot be adapted: {str(error).split('. ')[0]}"
        raise UsageError((Problem("target_modules", given or "(none)", wrong),)) from error
    widen_trained(tuned)
    give_what_they_got(tuned)
    tell_of_untied(tuned)
    return tuned


def widen_trained(model: nn.Module) -> None:
    """Hold trained weights that are in float16 (biases, modules to save) in float32: a loss scale
    cannot be taken out of float16 gradients.
    """
    for parameter in model.parameters():
        if parameter.requires_grad and parameter.dtype == torch.float16:
            parameter.data = parameter.data.float()


def spare_from_decay(model: nn.Module, part: str) -> nn.Module:
    """Mark trained scales, which rest at 1: weight decay would pull them to 0. `part`: of names."""
    for name, parameter in model.named_parameters():
        if part in name and parameter.requires_grad:
            parameter.undecayed = True  # type: ignore[attr-defined]
    return model


def tell_of_untied(model: Any) -> None:
    """Say where --modules_to_save takes the embedding away from a head that shared its weights."""
    config, inner = model.peft_config[ADAPTER], model.get_base_model()
    if not config.modules_to_save or getattr(config, "ensure_weight_tying", False):
        return
    parts = (inner.get_input_embeddings(), inner.get_output_embeddings())
    copied = [hasattr(part, "modules_to_save") for part in parts]
    if inner.config.get_text_config().tie_word_embeddings and any(copied) and not all(copied):
        log.warning(
            "--modules_to_save: embedding and output head share their weights in this model; with "
            "this --sft_type only the one that is named is trained, and they no longer do"
        )


def save(model: nn.Module, folder: Path, edit: Edit | None = None, pruned: bool = False) -> None:
    """Write adapter_model.safetensors, adapter_config.json and a README.md, in peft's layout.

    Args:
        edit: changes what is written.
        pruned: what is trained may be more than what is written, and is saved elsewhere.
    """
    from safetensors.torch import save_file

    tensors = {n: t.detach().contiguous().cpu() for n, t in own_tensors(model).items()}
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    size = sum(t.numel() for t in tensors.values())
    assert pruned or size >= trained, "a trained weight would not be saved"
    config: Any = with_sets_in_order(model.peft_config[ADAPTER])  # type: ignore[index]
    config.inference_mode = True
    if edit is not None:
        edit(tensors, config)
    save_file(separate(tensors), folder / WEIGHTS, metadata={"format": "pt"})
    config.save_pretrained(str(folder))
    inner = "" if folder.name != ADAPTER else f"/{ADAPTER}"
    text = README.format(kind=config.peft_type.value, inner=inner)
    (folder / "README.md").write_text(text, encoding="utf-8")


def own_tensors(model: nn.Module) -> dict[str, Tensor]:
    """The adapter's tensors, under the names that peft's file has."""
    import peft

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dict(peft.get_peft_model_state_dict(model, save_embedding_layers=False))


def with_sets_in_order(config: Any) -> Any:
    """A copy whose sets, such as target_modules, are sorted: two equal runs write the same file."""
    ordered = copy(config)
    for name, value in vars(config).items():
        if isinstance(value, set):
            setattr(ordered, name, sorted(value))
    return ordered


def separate(tensors: dict[str, Any]) -> dict[str, Any]:
    """The same tensors with no storage shared between two names, as safetensors asks."""
    seen: set[int] = set()
    for name, tensor in tensors.items():
        if tensor.data_ptr() in seen:
            tensors[name] = tensor.clone()
        seen.add(tensor.data_ptr())
    return tensors


def restore(model: nn.Module, folder: Path) -> None:
    """Put saved adapter weights back into an attached model, bit for bit.

    Raises:
        CheckpointError: the adapter in `folder` has other names or shapes than the one in training.
    """
    saved = read_tensors(folder / WEIGHTS)
    put_back(own_tensors(model), saved, folder / WEIGHTS)
    after = own_tensors(model)
    assert all(torch.equal(after[name].cpu(), saved[name]) for name in saved), "not restored"


def read_tensors(file: Path) -> dict[str, Tensor]:
    """Raises: CheckpointError when the file is not there."""
    from safetensors.torch import load_file

    if not file.is_file():
        raise CheckpointError(
            f"{file} is missing: the adapter was saved with other flags; resume with those of the "
            "first run"
        )
    return dict(load_file(file))


def put_back(own: Mapping[str, Tensor], saved: Mapping[str, Tensor], file: Path) -> None:
    """Copy every saved tensor to its place; nothing is touched unless all of them fit.

    Raises:
        CheckpointError: other names or shapes.
    """
    wrong = sorted(saved.keys() ^ own.keys())
    wrong += [name for name in saved.keys() & own.keys() if saved[name].shape != own[name].shape]
    if wrong:
        raise CheckpointError(
            f"{file} does not fit the adapter that the flags describe: "
            f"{len(wrong)} tensors differ ({wrong[0]} ...); resume with the flags of the first run"
        )
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(saved[name])


def trained_tensors(model: nn.Module) -> dict[str, Tensor]:
    """Every weight that is trained, by its name in the model."""
    return {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}


def save_state(folder: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors that only a resumed run reads."""
    from safetensors.torch import save_file

    whole = {name: t.detach().contiguous().cpu() for name, t in tensors.items()}
    save_file(separate(whole), folder / STATE)


def load(model: nn.Module, folder: Path, trainable: bool = False, **changes: Any) -> nn.Module:
    """The base model with the adapter of `folder` on it, for inference or to be trained further.

    `changes`: settings of the adapter that are to be others, such as its dropout.

    Raises:
        CheckpointError: the adapter does not fit this base, or not all of it is there.
    """
    import peft

    from burnish.nn.layers.master import give_what_they_got

    folder = adapter_folder(folder)
    with tempfile.TemporaryDirectory() as other:
        place = folder
        if names_differ(folder):
            place = to_peft_format(folder, Path(other))
        refuse_unconverted(place)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                config: Any = peft.PeftConfig.from_pretrained(str(place), local_files_only=True)
                vars(config).update(changes)
                tuned = peft.PeftModel.from_pretrained(
                    model,
                    str(place),
                    config=config,
                    is_trainable=trainable,
                    local_files_only=True,
                )
        except (RuntimeError, ValueError, OSError, KeyError, TypeError) as error:
            reason = str(error).strip().split("\n")[0]
            raise CheckpointError(
                f"the adapter in {folder} does not fit the base model: {reason}"
            ) from error
        refuse_partial(tuned, place, folder)
    give_what_they_got(tuned)
    return tuned.train(trainable)


def refuse_partial(model: nn.Module, place: Path, folder: Path) -> None:
    """peft passes over what does not fit; random or missing weights must not answer."""
    file = place / WEIGHTS
    if not file.is_file():
        return  # older adapters are pickled; peft reads them where it trusts them
    saved, own = names_in(file), own_tensors(model).keys()
    missing = sorted(own - saved)
    unused = sorted(saved - own - model.state_dict().keys() - {"base_model.vera_A"})
    unused = [n for n in unused if ".base_layer." not in n and not n.startswith("base_model.vera_")]
    if missing or unused:
        what = f"{missing[0]} is in no file" if missing else f"{unused[0]} has no place in it"
        raise CheckpointError(f"the adapter in {folder} does not fit the base model: {what}")


def names_in(file: Path) -> set[str]:
    """The names of a file's tensors."""
    from safetensors import safe_open

    with safe_open(file, framework="pt") as opened:
        return set(opened.keys())


def refuse_unconverted(folder: Path) -> None:
    """Raises: CheckpointError for an adapter whose base was shifted by random numbers that nobody
    kept.
    """
    kind = str(read_config(folder).get("init_lora_weights"))
    if kind.startswith("pissa_niter"):
        raise CheckpointError(
            f"{folder} was saved with init_lora_weights {kind} and not converted: the base it was "
            "trained on cannot be made again. Convert it where it was trained"
        )


def read_config(folder: Path) -> dict[str, Any]:
    """adapter_config.json; empty where it cannot be read, which peft tells better."""
    try:
        found = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def names_differ(folder: Path) -> bool:
    """Whether the tensors are named otherwise than peft names them."""
    file = folder / WEIGHTS
    if not file.is_file():
        return False
    return any(plain_name(name) != name for name in names_in(file))


def plain_name(name: str) -> str:
    """peft's name for a tensor that names its adapter, or lacks the prefix of peft's wrapper."""
    if not name.startswith("base_model."):
        name = PREFIX + name
    name = name.replace(f".modules_to_save.{ADAPTER}.", ".")
    return name.replace(f".{ADAPTER}.", ".").removesuffix(f".{ADAPTER}")


def to_peft_format(folder: Path, target: Path) -> Path:
    """Write the adapter of a checkpoint, in either layout, as peft wants it; returns `target`.

    Tensors get peft's names; settings that peft does not know go to additional_config.json.

    Raises:
        CheckpointError: there is no adapter, or none that peft knows.
    """
    import peft
    from safetensors.torch import save_file

    source = adapter_folder(folder)
    settings = read_config(source)
    kind = settings.get("peft_type") or settings.get("swift_type")
    classes = peft.mapping.PEFT_TYPE_TO_CONFIG_MAPPING
    if kind not in classes:
        raise CheckpointError(f"{folder} holds no adapter that peft knows ({kind or 'none'})")
    target.mkdir(parents=True, exist_ok=True)
    known = classes[kind].__dataclass_fields__
    kept = {name: value for name, value in settings.items() if name in known}
    more = {n: v for n, v in settings.items() if n not in known and n not in ("swift_type",)}
    kept["peft_type"] = kind
    tensors = {plain_name(n): t for n, t in read_tensors(source / WEIGHTS).items()}
    save_file(separate(tensors), target / WEIGHTS, metadata={"format": "pt"})
    write_json(target / CONFIG, kept)
    if (source / "additional_config.json").is_file():
        shutil.copyfile(source / "additional_config.json", target / "additional_config.json")
    elif more:
        write_json(target / "additional_config.json", more)
    return target


def write_json(file: Path, value: object) -> None:
    file.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
