"""Text files without headings, as Synapse Link writes them: read with their description, or refused by name."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.importing import dynamics
from tests.importing.closed import close, equal, imported, refused
from tests.importing.dynamics import Tables, as_csv
from tests.results import Results

Describe = Callable[[Path, Tables], object]


def _model(folder: Path, made: Tables) -> None:
    entities = [
        {
            "$type": "LocalEntity",
            "name": name.lower(),
            "attributes": [{"name": h, "dataType": "string"} for h in rows[0]],
        }
        for name, rows in made.items()
    ]
    (folder / "model.json").write_text(json.dumps({"name": "cdm", "version": "1.0", "entities": entities}), "utf-8")


def _definitions(folder: Path, made: Tables) -> None:
    """A manifest, and a definition beside each table's files."""
    listed = [{"type": "LocalEntity", "entityName": n, "entityPath": f"{n}/{n}.cdm.json/{n}"} for n in made]
    (folder / "export.manifest.cdm.json").write_text(json.dumps({"manifestName": "x", "entities": listed}), "utf-8")
    for name, rows in made.items():
        definition = {"entityName": name, "hasAttributes": [{"name": h, "dataFormat": "String"} for h in rows[0]]}
        text = json.dumps({"jsonSchemaSemanticVersion": "1.0.0", "definitions": [definition]})
        (folder / name / f"{name}.cdm.json").write_text(text, "utf-8")


def headless(made: Tables, folder: Path, describe: Describe) -> Path:
    """Write every table in two files without headings, named by month, in a folder of its own."""
    for name, rows in made.items():
        (folder / name).mkdir(parents=True)
        half = len(rows) // 2
        full = [{h: row.get(h, "") for h in rows[0]} for row in rows]
        for month, part in (("2026-01", full[:half]), ("2026-02", full[half:])):
            if part:
                (folder / name / f"{month}.csv").write_text(as_csv(part).partition("\n")[2], "utf-8")
    describe(folder, made)
    return folder


@pytest.mark.long
@pytest.mark.parametrize("describe", [_model, _definitions], ids=["model.json", "cdm.json"])
def test_a_description_gives_the_headings(describe: Describe, tmp_path: Path) -> None:
    made = dynamics.tables(dynamics.company())
    plain = imported(dynamics.write_csv(made, tmp_path / "plain"), tmp_path / "plain.xlsx")
    book = imported(headless(made, tmp_path / "export", describe), tmp_path / "book.xlsx")
    equal(close(book, "2026-03-31"), close(plain, "2026-03-31"))
    how = {str(r["Table"]): str(r["Read as"]) for r in Results(book).rows("Import", "What")}
    assert "headings from its description" in how["InventTrans"]


def _none(_folder: Path, _made: Tables) -> None:
    """Nothing describes the files."""


def _of_another_day(folder: Path, made: Tables) -> None:
    _model(folder, {name: [{**rows[0], "newcolumn": ""}] for name, rows in made.items()})


@pytest.mark.parametrize(("describe", "said"), [(_none, "model.json"), (_of_another_day, "its description names")])
def test_without_a_description_it_is_refused(
    describe: Describe, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = dynamics.tables(dynamics.company())
    lines = refused(capsys, headless(made, tmp_path / "export", describe), tmp_path / "book.xlsx")
    assert len(lines) == 1
    assert lines[0].endswith("(IC433)")
    assert said in lines[0]
    assert "2026-01.csv" in lines[0]
