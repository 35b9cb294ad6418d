"""What all ranks of a machine find wrong is said once, and not what only follows from it.

The ranks share a folder that torchrun makes for their errors; one process alone has none.
"""

import hashlib
import os
import time
from pathlib import Path

FOLDER_OF = "TORCHELASTIC_ERROR_FILE"
SECONDS = 1.0
"""As long a rank waits that may only have lost another one: that one says why, or its agent."""


def is_first_to_say(text: str, *, waits: bool) -> bool:
    """Whether this rank is to say `text`. `waits`: it may be no more than that another rank has
    gone, such as a lost connection.
    """
    own = os.environ.get(FOLDER_OF)
    if not own:
        return True
    folder = Path(own).parents[1]
    if waits:
        time.sleep(SECONDS)
        if any(folder.glob("said-*")) or has_lost_a_rank():
            return False
    try:
        (folder / f"said-{hashlib.sha256(text.encode()).hexdigest()[:16]}").open("x").close()
    except FileExistsError:
        return False
    except OSError:
        return os.environ.get("LOCAL_RANK", "0") == "0"
    return True


def has_lost_a_rank() -> bool:
    """Whether fewer ranks of this machine are left than were started; false where nobody knows."""
    parent = os.getppid()
    try:
        left = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="utf-8").split()
        return len(left) < int(os.environ["LOCAL_WORLD_SIZE"])
    except (OSError, KeyError, ValueError):
        return False
