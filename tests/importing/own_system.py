"""The made-up company in a ledger that no mapping of the package knows: unsigned figures, German words, Windows-1252.

In      nothing.
Out     the business, and a folder with the export.
Source  EXPORTS: what is in no list of it.
"""

import csv
from pathlib import Path

from tests.importing import erpnext
from tests.importing.business import Business

MAPPING = Path(__file__).with_suffix(".toml")
KINDS = {"Purchase order": "EK", "Sales order": "VK", "Transfer": "UM", "Production": "FE", "Production line": "FE",
         "Counting": "IN"}  # fmt: skip
METHODS = {"FIFO": "F", "LIFO": "L", "Moving average": "G"}


def company(folder: Path) -> tuple[Business, Path]:
    """Return three months, and write their export."""
    business, _ = erpnext.company(seed=31)
    movements = []
    for number, m in enumerate(business.movements, 70_001):
        m.id = str(number)
        figures = [str(abs(value)).replace(".", ",") for value in (m.quantity, m.financial_amount or 0)]
        movements.append([
            m.id, m.item, KINDS[m.reference], "Z" if m.quantity > 0 else "A", *figures, f"{m.physical:%d.%m.%Y}",
            m.number, m.lot, m.warehouse, m.return_lot, "Nein",
        ])  # fmt: skip
    movements.append(["80001", *movements[0][1:-1], "Ja"])
    items = [[item, f"Stück {item}", METHODS[model]] for item, model in business.models.items()]
    head = ["Nr", "Artikel", "Art", "Richtung", "Menge", "Wert", "Datum", "Beleg", "Position", "Lager", "Rückgabe zu",
            "Storno"]  # fmt: skip
    folder.mkdir()
    for name, rows in (
        ("Bewegungen", [head, *movements]),
        ("Artikel", [["Artikel", "Bezeichnung", "Verfahren"], *items]),
    ):
        with (folder / f"{name}.csv").open("w", encoding="cp1252", newline="") as file:
            csv.writer(file, delimiter=";").writerows(rows)
    return business, folder
