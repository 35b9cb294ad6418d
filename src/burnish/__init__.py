"""burnish fine-tunes language models and talks to them."""

__version__ = "0.1.0"
