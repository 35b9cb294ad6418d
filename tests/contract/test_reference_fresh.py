"""The generated pages are what the declarations say."""

import subprocess
import sys
from pathlib import Path


def test_reference_pages_are_fresh(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "tools/make_docs.py", "--check"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
