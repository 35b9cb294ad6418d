"""The model that comes with the package: small enough to be tuned on a laptop in a minute."""

from burnish.catalog.models.spec import ModelSpec

MODELS = (ModelSpec("demo", template="chatml", folder="assets/demo"),)
