"""`python -m burnish` is `burnish`."""

from importlib import import_module

from burnish.core.ctrl_c import start_listening


def main() -> None:
    """Run the command line; from its first import on, Ctrl-C ends it with one word."""
    start_listening()
    import_module("burnish.cli").main()


if __name__ == "__main__":
    main()
