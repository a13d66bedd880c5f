"""The published JSON schemas: docs/schema/*.json, one per document that ``--json`` prints.

    python tools/make_schemas.py

Out     the files; a schema keeps its version as long as fields are only added.
"""

import json
from pathlib import Path

from invclose_xl.api.documents import DOCUMENTS
from invclose_xl.reports.documents.document import schema_of

FOLDER = Path(__file__).parent.parent / "docs" / "schema"


def schemas() -> dict[str, str]:
    """Return the text of every file, by its name."""
    texts = {name: json.dumps(schema_of(model), ensure_ascii=False, indent=1) for name, model in DOCUMENTS.items()}
    return {f"{name}.json": f"{text}\n" for name, text in texts.items()}


def main() -> None:
    """Write them, and remove what is none any more."""
    FOLDER.mkdir(exist_ok=True)
    made = schemas()
    for old in FOLDER.glob("*.json"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
