"""Install the built wheel into an empty environment, far from the repository, and close the example there.

    python tools/wheel_smoke_test.py dist

In      a folder with one wheel.
Out     exit code 0 where the command, `python -m` and the import work and the example closes; else what failed.
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / "examples" / "january.xlsx"


def main(folder: str) -> None:
    """Try the wheel in ``folder``."""
    (wheel,) = Path(folder).resolve().glob("*.whl")
    with tempfile.TemporaryDirectory() as away:
        environment = Path(away, "venv")
        venv.create(environment, with_pip=True)
        programs = environment / ("Scripts" if os.name == "nt" else "bin")
        python = programs / "python"

        def run(*command: str | Path) -> str:
            done = subprocess.run(list(map(str, command)), cwd=away, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
            return done.stdout

        run(python, "-m", "pip", "install", "--quiet", wheel)
        book = Path(away, "january.xlsx")
        book.write_bytes(EXAMPLE.read_bytes())
        print(run(programs / "invclose-xl", "--version").strip())
        run(programs / "invclose-xl", book, "--output", Path(away, "closed.xlsx"))
        run(python, "-m", "invclose_xl", "status", Path(away, "closed.xlsx"))
        run(programs / "invclose-xl", "new", Path(away, "empty.xlsx"))
        print(run(python, "-c", "import invclose_xl; print(invclose_xl.status('closed.xlsx').closed_up_to)").strip())


if __name__ == "__main__":
    main(sys.argv[1])
