"""Is the new file in place? The disk is asked, not a memory of what was done, so that no interrupt can come in between.

In      told by ``replace_file`` which file is about to take the target's place.
Out     ``has_landed``, true from the moment of the rename on.
Source  POSIX rename(2): a file keeps device and inode under its new name.
"""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Landing:
    """One target that a run writes; ``what`` is what a person is to know of it once it is there."""

    what: str = ""
    target: Path | None = None
    _identity: tuple[int, int] | None = None

    def expect(self, target: Path, status: os.stat_result) -> None:
        """Note which file is about to be put in the target's place."""
        self.target, self._identity = target, (status.st_dev, status.st_ino)

    @property
    def has_landed(self) -> bool:
        """Return whether the target is the new file."""
        if self.target is None:
            return False
        try:
            status = os.stat(self.target)
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self._identity
