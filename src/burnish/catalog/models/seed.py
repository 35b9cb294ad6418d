"""Seed-OSS."""

from burnish.catalog.models.spec import owners

SEED = owners("ByteDance-Seed")

MODELS = (
    SEED("seed-oss-36b-base", "Seed-OSS-36B-Base"),
    SEED("seed-oss-36b-base-wosyn", "Seed-OSS-36B-Base-woSyn"),
    SEED("seed-oss-36b-instruct", "Seed-OSS-36B-Instruct", None),
)
