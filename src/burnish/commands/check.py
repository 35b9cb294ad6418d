"""burnish check: see what a model would be trained on, before any weight is read."""

import os
import shutil
import sys
from typing import TYPE_CHECKING

from burnish.commands.base import Command
from burnish.config.config import only, without
from burnish.config.groups.check import CheckGroup
from burnish.config.groups.data import DataGroup
from burnish.config.groups.extend import ExtendGroup
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.model import ModelGroup
from burnish.config.groups.template import TemplateGroup

if TYPE_CHECKING:
    from burnish.config.config import Config

COLUMNS = 100
"""Width where the output is no terminal."""
ESCAPED = "backslashreplace"


def run(config: "Config") -> object:
    """Print the report, write what was asked for; returns the Audit.

    Raises DataError with --strict when a row is not used.
    """
    from burnish.core.errors import DataError
    from burnish.core.files import write_atomic
    from burnish.core.log import log
    from burnish.core.registry import load_file
    from burnish.data.examine import examine
    from burnish.data.page import page
    from burnish.data.show import show
    from burnish.data.template import template_for
    from burnish.data.tokenizer import Tokenizer
    from burnish.nn.find import find_model

    options = config[CheckGroup]
    if own := config[ExtendGroup].custom_register_path:
        load_file(own)
    model = find_model(config, weights=False)
    tokenizer = Tokenizer.load(model.path)
    default = model.spec.template if model.spec else None
    template = template_for(config, tokenizer, default)
    audit = examine(config, template, model.name)
    color = wants_color() if options.color is None else options.color
    columns = shutil.get_terminal_size((COLUMNS, 24)).columns
    letters = sys.stdout.encoding or "utf-8"  # of a terminal that may not have them all
    print(show(audit, color=color, columns=columns).encode(letters, ESCAPED).decode(letters))
    if options.html:
        write_atomic(options.html, page(audit))
        log.info("page: %s", options.html)
    if options.strict and (lost := audit.lost):
        raise DataError(f"--strict: {lost:,} row{'s' * (lost > 1)} cannot be used or left out")
    return audit


def wants_color() -> bool:
    """Whether the output is a terminal and nobody asked it to be plain."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


COMMAND = Command(
    name="check",
    summary="show what a model would be trained on, token by token",
    groups=(
        CheckGroup,
        only(ModelGroup, "model_type", "model_id_or_path", "model_revision"),
        without(
            DataGroup, "streaming", "lazy_tokenize", "dataloader_num_workers", "test_oom_error"
        ),
        TemplateGroup,
        only(LoopGroup, "seed"),
        ExtendGroup,
    ),
    run=run,
    defaults={"dataset_test_ratio": 0.0},
    hot=("dataset_test_ratio",),
    example="burnish check --model_type demo --dataset rows.jsonl --html report.html",
)
