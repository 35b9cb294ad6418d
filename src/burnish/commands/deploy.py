"""burnish deploy: serve a model over HTTP."""

from burnish.commands.base import not_available
from burnish.commands.infer import COMMAND as INFER
from burnish.config.groups.server import ServerGroup

COMMAND = INFER.variant(
    "deploy",
    "serve a model over HTTP, as OpenAI's interface has it",
    groups=(ServerGroup, *INFER.groups),
    run=not_available("deploy"),
    verbose=True,
    helps={"verbose": "Log each request."},
    example="burnish deploy --ckpt_dir output/demo/v0-20261122-090000/checkpoint-100",
    is_later=True,
)
