"""Check a closed inventory workbook from its sheets alone: ``python verify_close.py BOOK.xlsx``, or the folder of it.

This file stands by itself. It needs Python and openpyxl (``pip install openpyxl``) and nothing of the program that
closed the book, so that whoever has to trust a close can recompute it, and read in one sitting how.

In      a workbook with the sheets *Lock*, *Settlements*, *Adjustments*, *Vouchers*, *Stock value* and the others.
Out     one line per check, with the figures it was made with; below a failed one the cells that are wrong.
Units   amounts in minor units of the currency, quantities in millionths, both whole numbers: nothing is tolerated.
        Of a folder also whether its files are the ones that were handed over and say what the book says.
Errors  CannotVerify: the file cannot be read (5); NeverClosed: there is nothing to check (4). A check failed: 4.
Source  RULES R1, R6.3, R7.1, R7.2, R8.6, R9.3, R10.2, R10.3; WORKBOOK "Written".

Long because it is handed on as a single file.
"""

import csv
import hashlib
import json
import re
import sys
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

QUANTITY = 6
EXACT = Context(prec=40, rounding=ROUND_HALF_UP)
MOST_SUMS = 20_000
SHOWN = 10
"""how many wrong cells are named below a failed check"""
LEG = re.compile(r"(IC-\d{6,})/W\d+/([IR])")
DIMENSIONS = ("Site", "Warehouse", "Location", "License plate", "Batch number", "Serial number", "Configuration",
              "Size", "Color", "Style", "Owner")  # fmt: skip
FINANCIAL_DIMENSIONS = {"site", "configuration", "size", "color", "style"}
INPUTS: dict[str, dict[str, tuple[str, ...]]] = {
    "Transactions": {
        "id": ("Transaction ID", "RecId", "InventTransId + line"),
        "item": ("Item number", "ItemId", "Item"),
        "quantity": ("Quantity", "Qty"),
        "reference": ("Reference",),
        "category": ("ReferenceCategory",),
        "physical_date": ("Physical date", "DatePhysical"),
        "financial_date": ("Financial date", "DateFinancial"),
        "physical_amount": ("Physical cost amount", "CostAmountPhysical"),
        "financial_amount": ("Financial cost amount", "CostAmountPosted"),
        "prior_adjustment": ("Prior adjustment", "CostAmountAdjustment"),
        "prior_quantity": ("Prior settled quantity", "QtySettled"),
        "prior_amount": ("Prior settled amount", "CostAmountSettled"),
        "status": ("Status",),
        "status_receipt": ("StatusReceipt",),
        "status_issue": ("StatusIssue",),
        "inventory_account": ("Inventory account",),
        "offset_account": ("Offset account",),
        "lot": ("Lot ID", "InventTransId"),
        "return_lot": ("Return lot ID", "InventTransIdReturn"),
        "transfer": ("Transfer ID",),
        "site": ("Site", "InventSiteId"),
        "warehouse": ("Warehouse", "InventLocationId"),
        **{name.lower(): (name,) for name in DIMENSIONS[2:]},
    },
    "Items": {"id": ("Item number", "ItemId", "Item"), "group": ("Item model group", "ModelGroupId")},
    "Item model groups": {
        "id": ("Item model group", "ModelGroupId"),
        "model": ("Inventory model", "InventModel"),
        "physical": ("Post physical inventory",),
        "financial": ("Post financial inventory",),
    },
    "Dimensions": {"id": ("Dimension",), "financial": ("Financial inventory",)},
    "Posting": {"inventory_account": ("Inventory account",), "offset_account": ("Offset account",)},
    "Cost adjustments": {"id": ("Transaction ID",), "offset_account": ("Offset account",)},
    "Charges": {"id": ("Amount",), "offset_account": ("Offset account",)},
    "References": {"id": ("Reference",), "means": ("Means",)},
    "Parameters": {"id": ("Name",), "value": ("Value",)},
}  # fmt: skip
REQUIRED = {
    "Transactions": ("id", "item", "quantity"), "Items": ("id", "group"), "Item model groups": ("id", "model"),
    "Dimensions": ("id", "financial"), "Posting": ("inventory_account", "offset_account"),
    "References": ("id", "means"), "Parameters": ("id", "value"),
}  # fmt: skip
RESULTS: dict[str, str] = {
    "Settlements": "Closing,Date,Item number,Costing group,Principle,Issue,Receipt,Quantity,Amount,Issue date,"
    "Receipt date,Status",
    "Value links": "Closing,Date,Item number,Costing group,Principle,Issue,Receipt,Quantity,Amount,Issue date,"
    "Receipt date,Status",
    "Adjustments": "Closing,Date,Item number,Costing group,Transaction ID,Transaction date,Reference,Kind,Quantity,"
    "Old cost,New cost,Adjustment,Rounding difference,Cause,Status",
    "Vouchers": "Closing,Voucher,Date,Line,Account,Ledger dimension,Specification,Debit,Credit,Text",
    "Closing transactions": "Closing,Transaction ID,Date,Item number,Costing group,Quantity,Amount,Status",
    "Estimated costs": "Closing,Transaction ID,Item number,Costing group,Date,Quantity,Unit cost,Amount,Basis,Status,"
    "Kind,Type,Cause",
    "Lock": "Closing,Type,Up to date,Status,Run at (UTC),Run by,Version,Specification,Items,Transactions,Settlements,"
    "Settled amount,Adjustment amount,Warnings,Voucher,Reverses,Digest,Format",
    "Locked rows": "Transaction ID,Sequence,Closing,Fingerprint,Kind",
    "Log": "Closing,Severity,Code,Rule,Item number,Transaction ID,Cell,Message,What to do",
}
"""What every run writes, and the order in which its Digest takes it (without Status and Digest)."""
FORMAT = 2
LATER = {"Estimated costs": ("Kind", "Type", "Cause"), "Lock": ("Format",), "Locked rows": ("Kind",)}
"""Columns that came with format 2 of these sheets; *Lock* says of every run in which format it wrote, blank is 1."""
BEGINNINGS = {
    "Cost adjustment": "Cost adjustment of ", "Charge": "Charge ", "Item model group": "Flags of item model group ",
    "Packing slip": "Packing slip of ", "Posting": "Posting of ", "Seen": "Seen of ", "Parts": "Parts of ",
    "Taken back": "Taken back of ", "Result rows": "Result rows of ",
    "Financial dimensions": "Financial dimensions", "Currency decimals": "Currency decimals", "Currency": "Currency",
}  # fmt: skip
"""Kinds of *Locked rows*; in format 1 the ID of a row began so instead, and flags of groups were written out."""
FLAGS = ("Include physical value", "Fixed receipt price", "Physical negative inventory", "Financial negative inventory",
         "Post physical inventory", "Post financial inventory")  # fmt: skip
STOCK = ("Closing,Item number,Costing group,Opening quantity,Opening value,Receipts quantity,Receipts value,"
         "Issues quantity,Issues value,Adjustments,Closing quantity,Closing value,Unit cost,Not invoiced quantity,"
         "Not invoiced value,Change of inventory value")  # fmt: skip
IN_TRANSIT = ("In transit quantity", "In transit value")
LEGS = {**dict.fromkeys(("", "transfer", "inventtransfer", "6"), 0),
        **dict.fromkeys(("transfer order shipment", "transferordership", "21"), 1),
        **dict.fromkeys(("transfer order receive", "transferorderreceive", "22"), 2)}  # fmt: skip
"""what a Reference says of a leg of a transfer: 1 shipment, 2 receipt of a transfer order, 0 either (R6.2)"""
ROLL_FORWARD = ("Closing,Up to date,Item number,Costing group,Quantity in the old book,Quantity here,"
                "Value in the old book,Value here,Not invoiced quantity in the old book,Not invoiced quantity here,"
                "Not invoiced value in the old book,Not invoiced value here,Difference,Old book,"
                "Digest of its last run,SHA-256 of its file")  # fmt: skip
"""the proof that a book was rolled forward with nothing lost (WORKBOOK "Command line", rollforward)"""
PROVEN = {"quantity": "Closing quantity", "value": "Closing value", "not invoiced quantity": "Not invoiced quantity",
          "not invoiced value": "Not invoiced value"}  # fmt: skip
"""figures of *Roll-forward*, and what *Stock value* calls them"""
SHA_256 = re.compile(r"[0-9a-f]{64}")
STOCK_TEXTS = {"Closing": 0, "Item number": 1, "Product name": 2, "Item group": 3, "Inventory model": 4,
               "Costing group": 5, "Unit": 6}  # fmt: skip
STOCK_FIELDS = 22
"""columns of *Stock value* that *Locked rows* keeps two characters each of (Kind Result rows), and which are texts"""
CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
DIGEST_NAMES = {name: name.lower().replace(" ", "_") for name in RESULTS}
DATES = {"Date", "Issue date", "Receipt date", "Transaction date", "Up to date"}
COUNTS = {"Line", "Items", "Transactions", "Warnings", "Sequence", "Format"}
TEXTS = {"Closing", "Item number", "Costing group", "Principle", "Issue", "Receipt", "Status", "Transaction ID",
         "Reference", "Kind", "Cause", "Voucher", "Account", "Ledger dimension", "Specification", "Text", "Basis",
         "Type", "Run by", "Version", "Reverses", "Digest", "Fingerprint", "Severity", "Code", "Rule", "Cell",
         "Message", "What to do"}  # fmt: skip
UNPOSTED = {"registered", "arrived", "ordered", "quotationreceipt", "picked", "reservphysical", "reservordered",
            "onorder", "quotationissue", "reserved", "reservedphysical", "reservedordered", "quotation"}  # fmt: skip
NEVER_SETTLED = {"standard cost", "moving average"}
# What other languages call the headings and words above; tools/make_languages.py writes these lines.
HEADINGS_IN_ENGLISH: dict[str, str] = {
    "buchungs-id": "transaction id", "transaktions-id": "transaction id", "transaktionsnummer": "transaction id",
    "id de transaction": "transaction id", "numéro de transaction": "transaction id",
    "id de transacción": "transaction id", "id. de transacción": "transaction id",
    "número de transacción": "transaction id", "artikelnummer": "item number", "artikel-nr.": "item number",
    "artikelnr.": "item number", "artikel": "item number", "numéro d'article": "item number",
    "code article": "item number", "article": "item number", "código de artículo": "item number",
    "número de artículo": "item number", "artículo": "item number", "menge": "quantity", "quantité": "quantity",
    "cantidad": "quantity", "referenz": "reference", "référence": "reference", "referencia": "reference",
    "physisches datum": "physical date", "date physique": "physical date", "fecha física": "physical date",
    "finanzielles datum": "financial date", "finanzdatum": "financial date", "wertmässiges datum": "financial date",
    "date financière": "financial date", "fecha financiera": "financial date",
    "physischer einstandsbetrag": "physical cost amount", "physischer betrag": "physical cost amount",
    "montant du coût physique": "physical cost amount", "coût physique": "physical cost amount",
    "importe de coste físico": "physical cost amount", "coste físico": "physical cost amount",
    "costo físico": "physical cost amount", "finanzieller einstandsbetrag": "financial cost amount",
    "finanzieller betrag": "financial cost amount", "wertmässiger betrag": "financial cost amount",
    "montant du coût financier": "financial cost amount", "coût financier": "financial cost amount",
    "importe de coste financiero": "financial cost amount", "coste financiero": "financial cost amount",
    "costo financiero": "financial cost amount", "frühere anpassung": "prior adjustment",
    "ajustement antérieur": "prior adjustment", "ajuste anterior": "prior adjustment",
    "früher ausgeglichene menge": "prior settled quantity", "quantité réglée antérieure": "prior settled quantity",
    "cantidad liquidada anterior": "prior settled quantity", "früher ausgeglichener betrag": "prior settled amount",
    "montant réglé antérieur": "prior settled amount", "importe liquidado anterior": "prior settled amount",
    "statut": "status", "estado": "status", "bestandskonto": "inventory account", "lagerkonto": "inventory account",
    "compte de stock": "inventory account", "cuenta de inventario": "inventory account", "gegenkonto": "offset account",
    "compte de contrepartie": "offset account", "cuenta de contrapartida": "offset account",
    "contrapartida": "offset account", "los-id": "lot id", "loskennung": "lot id", "id de lot": "lot id",
    "id de lote": "lot id", "id. de lote": "lot id", "rückgabe-los-id": "return lot id",
    "retouren-los-id": "return lot id", "id de lot de retour": "return lot id",
    "id de lote de devolución": "return lot id", "umlagerungs-id": "transfer id", "umlagerungsnummer": "transfer id",
    "id de transfert": "transfer id", "id de transferencia": "transfer id", "id. de transferencia": "transfer id",
    "standort": "site", "sitio": "site", "lagerort": "warehouse", "lager": "warehouse", "entrepôt": "warehouse",
    "almacén": "warehouse", "lagerplatz": "location", "stellplatz": "location", "emplacement": "location",
    "ubicación": "location", "ladungsträger": "license plate", "lademittel": "license plate",
    "plaque d'identification": "license plate", "matrícula": "license plate", "chargennummer": "batch number",
    "charge": "batch number", "numéro de lot": "batch number", "número de lote": "batch number",
    "seriennummer": "serial number", "numéro de série": "serial number", "número de serie": "serial number",
    "konfiguration": "configuration", "configuración": "configuration", "grösse": "size", "taille": "size",
    "tamaño": "size", "farbe": "color", "couleur": "color", "stil": "style", "estilo": "style", "besitzer": "owner",
    "eigentümer": "owner", "propriétaire": "owner", "propietario": "owner", "lagersteuerungsgruppe": "item model group",
    "artikelmodellgruppe": "item model group", "groupe de modèles d'articles": "item model group",
    "grupo de modelos de artículo": "item model group", "lagerbewertungsmodell": "inventory model",
    "bewertungsmethode": "inventory model", "modèle de stock": "inventory model",
    "modelo de inventario": "inventory model", "physischen bestand buchen": "post physical inventory",
    "valider le stock physique": "post physical inventory", "registrar inventario físico": "post physical inventory",
    "finanziellen bestand buchen": "post financial inventory", "valider le stock financier": "post financial inventory",
    "registrar inventario financiero": "post financial inventory", "dimensión": "dimension",
    "wertmässiger bestand": "financial inventory", "finanzieller bestand": "financial inventory",
    "stock financier": "financial inventory", "inventario financiero": "financial inventory", "betrag": "amount",
    "montant": "amount", "importe": "amount", "bedeutet": "means", "bedeutung": "means", "signifie": "means",
    "significa": "means", "bezeichnung": "name", "nom": "name", "nombre": "name", "wert": "value", "valeur": "value",
    "valor": "value",
}  # fmt: skip
WORDS_IN_ENGLISH: dict[str, str] = {
    "ja": "yes", "wahr": "yes", "oui": "yes", "vrai": "yes", "sí": "yes", "si": "yes", "verdadero": "yes",
    "anfangsbestand": "opening", "eröffnung": "opening", "ouverture": "opening", "stock initial": "opening",
    "apertura": "opening", "inventario inicial": "opening", "lagersperrung": "inventory blocking",
    "bestandssperre": "inventory blocking", "blocage de stock": "inventory blocking",
    "bloqueo de inventario": "inventory blocking", "standardkosten": "standard cost",
    "standardeinstandspreis": "standard cost", "coût standard": "standard cost", "coste estándar": "standard cost",
    "costo estándar": "standard cost", "gleitender durchschnitt": "moving average", "moyenne mobile": "moving average",
    "promedio móvil": "moving average", "media móvil": "moving average", "währungsdezimalen": "currency decimals",
    "décimales de la devise": "currency decimals", "decimales de la divisa": "currency decimals",
    "dezimaltrennzeichen": "decimal separator", "séparateur décimal": "decimal separator",
    "separador decimal": "decimal separator", "standort": "site", "sitio": "site", "lagerort": "warehouse",
    "lager": "warehouse", "entrepôt": "warehouse", "almacén": "warehouse", "lagerplatz": "location",
    "stellplatz": "location", "emplacement": "location", "ubicación": "location", "ladungsträger": "license plate",
    "lademittel": "license plate", "plaque d'identification": "license plate", "matrícula": "license plate",
    "chargennummer": "batch number", "charge": "batch number", "numéro de lot": "batch number",
    "número de lote": "batch number", "seriennummer": "serial number", "numéro de série": "serial number",
    "número de serie": "serial number", "konfiguration": "configuration", "configuración": "configuration",
    "grösse": "size", "taille": "size", "tamaño": "size", "farbe": "color", "couleur": "color", "stil": "style",
    "estilo": "style", "besitzer": "owner", "eigentümer": "owner", "propriétaire": "owner", "propietario": "owner",
    "registriert": "registered", "angekommen": "arrived", "arrivé": "arrived", "llegado": "arrived",
    "bestellt": "ordered", "commandé": "ordered", "pedido": "ordered", "kommissioniert": "picked", "prélevé": "picked",
    "seleccionado": "picked", "reserviert": "reserved", "réservé": "reserved", "reservado": "reserved",
    "angebot": "quotation", "devis": "quotation", "oferta": "quotation",
}  # fmt: skip
# (end of what is written)
SIDE, SEEN_ACCOUNTS = 4, slice(8, 10)
"""of what Locked rows keep of a row a recalculation wrote about (Kind Seen), a list: the side, 1 or -1, and accounts"""
EXPENSED = ("Backdated", "Negative stock", "Late invoice")
"""Types of *Estimated costs* that are no estimates: differences of moving average items that were expensed"""
POSTED_ACCOUNTS = slice(5, 7)
"""of what Locked rows keep of how a change was posted (Kind Posting), a list: inventory and offset account"""
POSTED_ESTIMATES = ("Estimate", "Expensed", "Expensed, late invoice")
"""the first of that list, where the change is a row of *Estimated costs*"""
STILL_PHYSICAL = "~"
"""begins the fingerprint of a row that was not invoiced when it was locked: its invoice may still change (R10.2)"""
ROLES = {"cost of goods sold", "work in process", "inventory in transit", "inventory adjustment", "rounding difference"}
"""stand for accounts where the book names none (R9.1)"""


class CannotVerify(Exception):
    """There is nothing that could be checked."""


class NeverClosed(CannotVerify):
    """The book can be read, and no run has written into it."""


@dataclass(slots=True)
class Row:
    """A row of a sheet: what its cells hold, by heading or field, and where they stand."""

    sheet: str
    number: int
    columns: dict[str, int]
    values: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)

    def cell(self, name: str) -> str:
        """Return the address of a cell."""
        return f"{self.sheet}!{get_column_letter(self.columns.get(name, 0) + 1)}{self.number}"


@dataclass(slots=True)
class Check:
    """One check: what was looked at, its figures, and every cell that is not as it must be."""

    name: str
    figures: str = ""
    faults: list[str] = field(default_factory=list)
    left_out: str = ""
    """what could not be checked, and why"""

    @property
    def word(self) -> str:
        """Return ok or FAILED."""
        return "FAILED" if self.faults else "ok"


def key(text: object) -> str:
    """Return what equal IDs share: trimmed, one Unicode form, one case."""
    return unicodedata.normalize("NFC", shown(text)).strip().casefold()


def shown(value: object) -> str:
    """Return a cell as text; whole numbers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()


def whole(value: object, decimals: int, marks: str = ".") -> int | None:
    """Return a number in units of 10**-decimals, half away from zero; None where the cell is blank or no number."""
    if value is None or isinstance(value, bool | date):
        return None
    if isinstance(value, int):
        return int(value * 10**decimals)
    if isinstance(value, float):
        exact = Decimal(f"{value:.15g}")
    else:
        text = re.sub(r"[\s  '’]", "", str(value))
        text = text.replace("." if marks == "," else ",", "").replace(marks, ".") if marks in ".," else text
        if text[:1] + text[-1:] == "()":
            text = "-" + text[1:-1]
        text = "-" + text[:-1] if text.endswith("-") else text
        try:
            exact = EXACT.create_decimal(re.sub(r"^([-+]?)[^\d.+-]+|[^\d.]+$", r"\1", text))
        except InvalidOperation:
            return None
    return int(exact.scaleb(decimals, EXACT).to_integral_value(ROUND_HALF_UP, EXACT))


def day(value: object) -> date | None:
    """Return a date; None where it is blank or one of the empty dates of other systems."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value.strip()[:10])
        except ValueError:
            return None
    if not isinstance(value, date):
        return None
    return None if (value.year, value.month) in ((1753, 1), (1899, 12)) or value == date(1900, 1, 1) else value


def rounded(amount: int, part: int, of: int) -> int:
    """Return amount x part / of, half away from zero."""
    size = (2 * abs(amount * part) + abs(of)) // (2 * abs(of))
    return size if (amount * part < 0) == (of < 0) else -size


# Reading


def _heading(text: object) -> str:
    return " ".join(unicodedata.normalize("NFC", str(text or "")).replace("_", " ").split()).casefold()


def _word(text: object) -> str:
    """Return a word of the input sheets, in English where it is one of another language."""
    return WORDS_IN_ENGLISH.get(key(text), key(text))


def _tables(path: Path) -> dict[str, tuple[int, int]]:
    """Return of every Excel table, by its name: the row of its headings and its last row, totals aside."""
    found = {}
    with zipfile.ZipFile(path) as package:
        for part in package.namelist():
            if re.fullmatch(r"/?xl/tables/[^/]+\.xml", part):
                table = ElementTree.fromstring(package.read(part))
                _, top, _, bottom = range_boundaries(table.get("ref", "A1"))
                name = _heading(table.get("displayName")).replace(" ", "")
                found[name] = (top, bottom - int(table.get("totalsRowCount", "0")))
    return found


def _rows(sheet: Any, name: str, wanted: dict[str, tuple[str, ...]], needed: Sequence[str], table: Any) -> list[Row]:
    """Return the rows below the first row that holds all needed headings."""
    columns: dict[str, int] = {}
    rows = []
    top, bottom = table or (0, 0)
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        if not columns:
            if number < top:
                continue
            known = {_heading(text): place for place, text in reversed(list(enumerate(cells))) if text is not None}
            found = _columns(known, wanted)
            if not all(f in found for f in needed):
                found = _columns({HEADINGS_IN_ENGLISH.get(h, h): place for h, place in known.items()} | known, wanted)
            columns = found if all(f in found for f in needed) else {}
        elif bottom and number > bottom:
            break
        else:
            values = {f: cells[place] for f, place in columns.items() if place < len(cells)}
            if any(value is not None for value in values.values()):
                rows.append(Row(name, number, columns, values))
    return rows


def _columns(known: dict[str, int], wanted: dict[str, tuple[str, ...]]) -> dict[str, int]:
    return {f: known[h] for f, names in wanted.items() for h in map(_heading, names[::-1]) if h in known}


def _totals(sheet: Any, columns: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Return the row of totals above the headings: by heading its cell and what it holds."""
    for number, cells in enumerate(sheet.iter_rows(max_row=10, values_only=True), 1):
        if "Total" in map(shown, cells):
            return {
                h: {"cell": f"{sheet.title}!{get_column_letter(place + 1)}{number}", "value": cells[place]}
                for h, place in columns.items()
                if place < len(cells)
            }
    return {}


def _hidden(workbook: Any, title: str) -> set[int]:
    """Return the rows of a sheet that are hidden; a total of what is shown leaves them out."""
    found = set()
    with workbook._archive.open(workbook[title]._worksheet_path) as part:
        for _, element in ElementTree.iterparse(part):
            if element.tag.endswith("}row") and element.get("hidden") in ("1", "true"):
                found.add(int(element.get("r", "0")))
    return found


def is_taken_back(row: Row) -> bool:
    """Whether a row takes back what a recalculation wrote, because the transaction is another one now (R8.6)."""
    return shown(row["Cause"]) == "Taken back"


def upgrade(results: dict[str, list[Row]]) -> None:
    """Put in what runs of format 1 said in words only: how the ID of a locked row begins, and a Basis."""
    for row in results["Lock"]:
        row.values["Format"] = whole(row["Format"], 0) or 1
    written = {shown(row["Closing"]): row["Format"] for row in results["Lock"]}
    for row in results["Estimated costs"]:
        if written.get(shown(row["Closing"])) == 1:
            basis = shown(row["Basis"])
            row.values["Type"] = next((word for word in EXPENSED if basis.startswith(f"{word}:")), "Estimate")
            row.values["Cause"] = "Taken back" if "row was changed" in basis else "New"
    for row in results["Locked rows"]:
        name = shown(row["Transaction ID"])
        if row["Sequence"] is None and not shown(row["Kind"]):
            row.values["Kind"] = next((kind for kind, begins in BEGINNINGS.items() if name.startswith(begins)), None)
            row.values["Transaction ID"] = name[len(BEGINNINGS.get(row["Kind"], "")) :]
            if row["Kind"] == "Item model group":
                flags = shown(row["Fingerprint"]).split(", ")
                row.values["Fingerprint"] = "".join(flag.split()[-1][0] for flag in flags)


def restore_format(row: Row, heading: str, number: int) -> Any:
    """Return what a run of a format wrote into a cell of *Locked rows*: in format 1 words where there is a kind now."""
    kind, value = shown(row["Kind"]), row[heading]
    if number > 1 or not kind or row["Sequence"] is not None:
        return value
    if heading == "Transaction ID":
        return BEGINNINGS.get(kind, "") + shown(value)
    if heading == "Fingerprint" and kind == "Item model group":
        said = {"Y": "Yes", "N": "No"}
        return ", ".join(f"{flag} {said.get(letter)}" for flag, letter in zip(FLAGS, shown(value), strict=False))
    return value


def _is_unposted(row: Row) -> bool:
    """Whether an export says of a row that it was only ordered, reserved or quoted."""
    words = [_word(row[name]).replace(" ", "") for name in ("status", "status_receipt", "status_issue")]
    numbers = [int(word) for word in words[1:] if word.isdigit() and word != "0"]
    said = [word for word in words if word and not word.isdigit() and word != "none"]
    unposted = [word in UNPOSTED for word in said] + [number > 2 for number in numbers]
    return bool(unposted) and all(unposted)


class Book:
    """The sheets of a closed book."""

    def __init__(self, path: Path) -> None:
        """Read all sheets; raise CannotVerify."""
        try:
            tables = _tables(path)
            workbook = load_workbook(path, read_only=True, data_only=True)
        except Exception as error:  # whatever a damaged file makes openpyxl or zipfile say
            raise CannotVerify(f"{path} cannot be read as a workbook: {error}") from error
        self.path, self.names = path, [str(name) for name in workbook.sheetnames]
        self.inputs = {}
        for name, headings in INPUTS.items():
            self.inputs[name] = self._sheets(workbook, tables, name, headings, REQUIRED.get(name, ("id",)))
        self.results: dict[str, list[Row]] = {}
        self.totals: dict[str, dict[str, Any]] = {}
        self.hidden: set[int] = set()
        """of Roll-forward: the row above the headings, by heading; and rows that a filter hides"""
        for name, text in {**RESULTS, "Stock value": STOCK, "Roll-forward": ROLL_FORWARD}.items():
            optional = {"Change of inventory value", "Voucher total", "Account name", *IN_TRANSIT, *LATER.get(name, ())}
            optional |= STOCK_TEXTS.keys() - set(STOCK.split(",")) if name == "Stock value" else set()
            wanted = {h: (h,) for h in {*text.split(","), *optional}}
            needed = [h for h in text.split(",") if h not in optional]
            rows = self._sheets(workbook, tables, name, wanted, needed)
            self.results[name] = [row for row in rows if re.fullmatch(r"IC-\d{6,}", shown(row["Closing"]))]
            if name == "Roll-forward" and rows:
                self.totals = _totals(workbook[rows[0].sheet], rows[0].columns)
                self.hidden = _hidden(workbook, rows[0].sheet)
        damaged = self._damaged(workbook)
        workbook.close()
        self.lock = sorted(self.results["Lock"], key=lambda row: shown(row["Closing"]))
        if not self.lock and damaged:
            raise CannotVerify(f"{path} cannot be checked: {damaged}.")
        if not self.lock:
            raise NeverClosed(f"{path} was never closed: its sheet Lock names no closing.")
        upgrade(self.results)
        self.format = {shown(row["Closing"]): row["Format"] for row in self.lock}
        if max(self.format.values()) > FORMAT:
            version = shown(self.lock[-1]["Version"])
            raise CannotVerify(f"{path} was closed by a later version, {version}: use the verify_close.py of that one.")
        self.parameters = {_word(_heading(r["id"])): r["value"] for r in self.inputs["Parameters"]}
        kept = [r for r in self.results["Locked rows"] if r["Kind"] == "Currency decimals"]
        stated = shown(kept[-1]["Fingerprint"]) if kept else shown(self.parameters.get("currency decimals"))
        self.decimals = int(stated or 2)
        self.marks = {"comma": ",", ",": ","}.get(key(self.parameters.get("decimal separator")), ".")
        self._runs()
        self.locked: dict[str, dict[str, bool]] = defaultdict(dict)
        """by transaction: the closes that locked its row, and whether it was not invoiced then"""
        self.notes: list[tuple[str, str, str, Any]] = []
        """what active runs keep in Locked rows beside rows: kind, name, closing, text or list"""
        self._locked_rows()
        self.seen_accounts: tuple[set[str], set[str]] = (set(), set())
        """inventory and offset accounts of rows as recalculations saw them"""
        self.seen = self._seen()
        self.taken_back: dict[str, str] = {}
        """by transaction: the last run that took something back of it"""
        for row in (*self.results["Adjustments"], *self.results["Estimated costs"]):
            if is_taken_back(row):
                name = key(row["Transaction ID"])
                self.taken_back[name] = max(self.taken_back.get(name, ""), shown(row["Closing"]))
        self.transactions = {transaction.key: transaction for transaction in self._transactions()}
        """as the latest close saw them: a packing slip that was split since is the one row it was then"""
        self._join_split_slips()

    def _damaged(self, workbook: Any) -> str:
        """Return what is wrong with the headings of *Lock* where no closing was found below them; '' where nothing is.

        A sheet that runs wrote into names closings, or other result sheets do.
        """
        title = next((name for name in self.names if name.strip().casefold() == "lock"), "")
        others = sum(len(rows) for name, rows in self.results.items() if name != "Lock")
        if self.results["Lock"] or not (title or others):
            return ""
        if not title:
            return f"the sheet Lock is missing, and other sheets hold {others:,} rows of closings"
        sheet = workbook[title]
        sheet.reset_dimensions()
        wanted = [h for h in RESULTS["Lock"].split(",") if h not in LATER["Lock"]]
        known = {_heading(h): h for h in wanted}
        best: tuple[int, int, dict[str, int]] = (0, 0, {})
        closings = 0
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            found = {known[_heading(c)]: place for place, c in enumerate(cells) if _heading(c) in known}
            closings += any(re.fullmatch(r"IC-\d{6,}", shown(c)) for c in cells)
            if len(found) > best[0]:
                best = len(found), number, found
        if not closings and not others:
            return ""
        if missing := [h for h in wanted if h not in best[2]]:
            where = f"row {best[1]} of the sheet {title}" if best[1] else f"the sheet {title}"
            return f"{where} lacks the heading {', '.join(missing)}"
        where = f"{title}!{get_column_letter(best[2]['Closing'] + 1)}{best[1]}"
        return f"below {where} no closing is named, though sheets hold rows of closings"

    @staticmethod
    def _sheets(workbook: Any, tables: Any, name: str, wanted: Any, needed: Sequence[str]) -> list[Row]:
        titles = {title.strip().casefold(): title for title in workbook.sheetnames}
        rows: list[Row] = []
        for number in range(1, len(titles) + 1):
            title = titles.get((name if number == 1 else f"{name} ({number})").casefold())
            if title is None:
                break
            table = tables.get(_heading(name).replace(" ", "")) if number == 1 else None
            rows += _rows(workbook[title], title, wanted, needed, table)
        return rows

    def _runs(self) -> None:
        undone = {shown(row["Reverses"]): shown(row["Closing"]) for row in self.lock if row["Type"] == "Reversal"}
        self.undone_by = undone
        self.active = {shown(r["Closing"]) for r in self.lock if shown(r["Closing"]) not in undone}
        self.type = {shown(r["Closing"]): shown(r["Type"]) for r in self.lock}
        self.up_to = {shown(r["Closing"]): day(r["Up to date"]) or date.min for r in self.lock}
        rolled = max((c for c in self.type if self.type[c] == "Roll-forward"), default="")
        self.carried = {c for c in self.type if c <= rolled}
        """runs of the book that this one was rolled forward from: only what is still open of them came along"""
        self.rolled = rolled
        closes = [c for c in self.type if self.type[c] == "Closing" and c in self.active]
        self.last = closes[-1] if closes else ""
        self.begins = self.up_to[closes[-2]] if len(closes) > 1 else None
        self.ends = self.up_to[self.last] if self.last else None
        self.of_stock = self.last
        if rolled and self.ends == self.up_to[rolled]:  # nothing has happened here yet: all there is is the opening
            self.of_stock, self.begins = rolled, self.ends

    def _locked_rows(self) -> None:
        for row in self.results["Locked rows"]:
            name, closing, text = (shown(row[h]) for h in ("Transaction ID", "Closing", "Fingerprint"))
            if closing not in self.active:
                continue
            if row["Sequence"] is not None:
                self.locked[key(name)][closing] = text.startswith(STILL_PHYSICAL)
                continue
            try:
                said = json.loads(text)
            except ValueError:
                said = text
            self.notes.append((shown(row["Kind"]), name, closing, said))

    def noted(self, kind: str) -> Iterator[tuple[str, str, Any]]:
        """Return what runs noted of a kind: what it is about, the closing, what stands there."""
        return ((name, closing, said) for of, name, closing, said in self.notes if of == kind)

    def is_as_seen(self, transaction: "Transaction", kind: str, closing: str) -> bool:
        """Whether the row must still be the one that a run saw: locked by then, for good, and not split since.

        What is not locked may be changed after a recalculation; then nothing here says what the run saw (R10.2, R10.4).
        """
        by_then = [still for c, still in self.locked.get(transaction.key, {}).items() if c <= closing]
        if not by_then or (kind == "Financial" and all(by_then)):
            return False
        if closing > self.last and transaction.key in self.joined:
            return False
        locked = [slip for c, slip in self.slips.get(transaction.key, {}).items() if c <= closing]
        return kind == "Financial" or not locked or locked[-1][0] == transaction.quantity

    def _join_split_slips(self) -> None:
        """Put the row that was locked in the place of the rows that stand for it since (R10.2)."""
        self.slips: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
        self.joined: set[str] = set()
        for name, closing, said in sorted(self.noted("Packing slip"), key=lambda note: note[1]):
            if isinstance(said, list) and len(said) == 3:
                units = abs(int(said[0])) * 10 ** (QUANTITY - int(said[1]))
                self.slips[key(name)][closing] = units, abs(int(said[2] or 0))
        late: dict[tuple[str, ...], list[Transaction]] = defaultdict(list)
        for transaction in self.transactions.values():
            is_late = self.last and transaction.lot[0] and transaction.key not in self.locked
            if is_late and transaction.kind(self.ends) == "Physical":
                late[transaction.lot].append(transaction)
        for name, slips in self.slips.items():
            quantity, amount = list(slips.values())[-1]
            kept = self.transactions.get(name)
            if not all(self.locked.get(name, {True: True}).values()) or (kept and kept.quantity == quantity):
                continue
            for parts in [late[kept.lot]] if kept else list(late.values()):
                of_it = next(_adding_up([kept] if kept else [], parts, quantity, amount), None)
                if of_it:
                    for part in of_it:
                        parts.remove(part) if part in parts else None
                        del self.transactions[part.key]
                    whole_row = replace(of_it[0], key=name, quantity=quantity, financial_date=None)
                    whole_row.physical_amount = None if of_it[0].physical_amount is None else amount
                    self.transactions[name] = whole_row
                    self.joined.add(name)
                    break

    def _seen(self) -> dict[str, dict[str, int]]:
        """Return on which side recalculations saw rows: by transaction and closing."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for _, _, said in self.noted("Posting"):
            if isinstance(said, list):
                for known, account in zip(self.seen_accounts, said[POSTED_ACCOUNTS], strict=False):
                    known.add(key(account))
        for row in self.results["Locked rows"]:
            if row["Kind"] == "Seen":
                try:
                    noted = json.loads(shown(row["Fingerprint"]))
                    side, accounts = noted[SIDE], noted[SEEN_ACCOUNTS]
                except (ValueError, LookupError, TypeError):
                    continue
                for known, account in zip(self.seen_accounts, accounts, strict=False):
                    known.add(key(account))
                if side in (1, -1):
                    found[key(row["Transaction ID"])][shown(row["Closing"])] = side
        return found

    def sides(self, row: Row) -> tuple[int, ...]:
        """Return the sides on which a row may have stood that a run wrote about: 1 a receipt, -1 an issue (R8.6).

        What a recalculation wrote belongs to the row as it was; what takes it back, to the same row. Where nobody noted
        the side, it is today's; either may be right of what was taken back, or reversed, since when rows may change.
        """
        name, closing = key(row["Transaction ID"]), shown(row["Closing"])
        noted = self.seen.get(name, {})
        if is_taken_back(row):
            before = [c for c in noted if c < closing and self.undone_by.get(c, "~") > closing]
            return (noted[max(before)],) if before else (1, -1)
        if closing in noted:
            return (noted[closing],)
        transaction = self.transactions.get(name)
        return (
            (transaction.sign,)
            if transaction and closing in self.active and self.taken_back.get(name, "") <= closing
            else (1, -1)
        )

    def amount(self, row: Row, name: str) -> int:
        """Return an amount in minor units; a blank is 0."""
        return whole(row[name], self.decimals, self.marks) or 0

    def change(self, row: Row) -> int:
        """Return what an adjustment did to the value of inventory; version 0.1.0 left it to the side of the row."""
        name = "Change of inventory value"
        if row[name] is not None or self.format.get(shown(row["Closing"])) != 1:
            return self.amount(row, name)
        known, sides = self.transactions.get(key(row["Transaction ID"])), self.sides(row)
        return (known.sign if known and known.sign in sides else sides[0]) * self.amount(row, "Adjustment")

    def magnitude(self, row: Row, name: str) -> int | None:
        """Return an amount without its sign; None where the cell is blank."""
        units = whole(row[name], self.decimals, self.marks)
        return None if units is None else abs(units)

    def rows(self, name: str, until: str = "~") -> Iterator[Row]:
        """Return the rows of a result sheet that count, of runs up to one of them."""
        return (
            r
            for r in self.results[name]
            if (closing_of_row := shown(r["Closing"])) in self.active and closing_of_row <= until
        )

    def _transactions(self) -> Iterator["Transaction"]:
        models = {key(g["id"]): _word(g["model"]) for g in self.inputs["Item model groups"]}
        model_of = {key(i["id"]): models.get(key(i["group"]), "") for i in self.inputs["Items"]}
        financial = {d.lower(): d.lower() in FINANCIAL_DIMENSIONS for d in DIMENSIONS}
        financial |= {_word(r["id"]): _word(r["financial"]) in ("yes", "true", "1", "x")
                      for r in self.inputs["Dimensions"]}  # fmt: skip
        for _, closing, said in self.noted("Financial dimensions"):
            if closing <= self.last and isinstance(said, str):  # they may be others today, once nothing is open (R3.3)
                stated = {key(name) for name in said.split(",")}
                financial = {d.lower(): d.lower() in stated for d in DIMENSIONS}
        means = {key(r["id"]): _word(r["means"]) for r in self.inputs["References"]}
        dimensions = [d.lower() for d in DIMENSIONS if financial[d.lower()]]
        for row in self.inputs["Transactions"]:
            quantity = whole(row["quantity"], QUANTITY, self.marks)
            word = key(row["reference"]) or key(row["category"])
            word = means.get(word, _word(word))
            blocked = word in ("inventory blocking", "blocking") or key(row["category"]) == "26"
            if not quantity or not shown(row["id"]) or blocked or _is_unposted(row):
                continue
            sign = 1 if quantity > 0 else -1
            label = " / ".join(f"{d}={shown(row[d])}" for d in dimensions if shown(row[d]))
            yield Transaction(
                row, key(row["id"]), key(row["item"]), key(label), sign, abs(quantity),
                day(row["physical_date"]), day(row["financial_date"]),
                self.magnitude(row, "physical_amount"), self.magnitude(row, "financial_amount"),
                sign * self.amount(row, "prior_adjustment"),
                abs(whole(row["prior_quantity"], QUANTITY, self.marks) or 0), abs(self.amount(row, "prior_amount")),
                word == "opening", model_of.get(key(row["item"]), "") in NEVER_SETTLED,
                word,
                (key(row["lot"]), word, key(row["item"]), str(sign), *(key(row[d.lower()]) for d in DIMENSIONS)),
            )  # fmt: skip


MOST_PARTS = 12


def _adding_up(
    kept: list["Transaction"], late: list["Transaction"], quantity: int, amount: int
) -> Iterator[list["Transaction"]]:
    """Return rows that come to a quantity and an amount: those that are kept, and some of the late ones."""
    sizes = range(len(late), 0, -1) if len(late) <= MOST_PARTS else (len(late),)
    for size in sizes:
        for some in combinations(late, size):
            rows = [*kept, *some]
            has = sum(row.quantity for row in rows), sum(row.physical_amount or 0 for row in rows)
            if has == (quantity, amount) and len({row.physical_date for row in rows}) == 1:
                yield rows


@dataclass(slots=True)
class Transaction:
    """A row of Transactions; magnitudes, the side is ``sign``: 1 a receipt, -1 an issue."""

    row: Row
    key: str
    item: str
    group: str
    sign: int
    quantity: int
    physical_date: date | None
    financial_date: date | None
    physical_amount: int | None
    financial_amount: int | None
    prior_adjustment: int
    prior_quantity: int
    prior_amount: int
    is_opening: bool
    never_settled: bool
    reference: str
    lot: tuple[str, ...]
    """Lot ID, and what the parts of one packing slip have in common besides"""

    def kind(self, at: date | None) -> str:
        """Return which cost it has at a date (RULES R1); '' where it is not there yet."""
        if at and self.financial_date and self.financial_date <= at:
            return "Financial"
        return "Physical" if at and self.physical_date and self.physical_date <= at else ""

    def posted(self, kind: str, estimated: int) -> int:
        """Return the posted cost of a kind; where the cell is blank, what was estimated."""
        given = self.financial_amount if kind == "Financial" else self.physical_amount
        prior = self.prior_adjustment if kind == "Financial" else 0
        return (estimated if given is None else given) + prior


# The checks


def check_lock(book: Book) -> Check:
    """Closings are numbered without gaps, and their rows of the Lock say what the other sheets add up to."""
    check = Check(
        "Lock",
        f"{_count(len(book.lock), 'run')}, {len(book.active)} of them active; closed up to {book.ends or 'no date'}",
    )
    settled, amount, change, costs, logged = (Counter[str]() for _ in range(5))
    for row in book.results["Settlements"]:
        settled[shown(row["Closing"])] += 1
        amount[shown(row["Closing"])] += 0 if LEG.fullmatch(shown(row["Issue"])) else book.amount(row, "Amount")
    for row in book.results["Adjustments"]:
        change[shown(row["Closing"])] += book.change(row)
        costs[shown(row["Closing"])] += book.amount(row, "Adjustment")
    for row in book.results["Log"]:
        logged[shown(row["Closing"])] += row["Severity"] == "Warning"
    closed = date.min
    first = int(max(book.carried, default="IC-000000")[3:]) - len(book.carried) + 1
    for number, row in enumerate(book.lock, first):
        closing = shown(row["Closing"])
        if closing not in book.carried and closing != f"IC-{number:06d}":
            check.faults.append(f"{row.cell('Closing')}: {closing}, but IC-{number:06d} is the next number")
        if shown(row["Status"]) != ("Active" if closing in book.active else "Reversed"):
            check.faults.append(f"{row.cell('Status')}: {row['Status']}")
        if row["Type"] in ("Reversal", "Roll-forward"):
            continue
        if closing in book.active and row["Type"] == "Closing":
            if book.up_to[closing] <= closed:
                check.faults.append(f"{row.cell('Up to date')}: not after the close before")
            closed = book.up_to[closing]
        if closing in book.carried:
            continue
        said = (("Settlements", settled[closing], 0), ("Settled amount", amount[closing], book.decimals),
                ("Adjustment amount", change[closing], book.decimals), ("Warnings", logged[closing], 0))  # fmt: skip
        for name, found, decimals in said:
            stated = whole(row[name], decimals)
            as_before = name == "Adjustment amount" and stated == costs[closing]  # 0.1.0: receipts and issues alike
            if stated != found and not as_before:
                check.faults.append(f"{row.cell(name)}: {row[name]}, but the rows come to {_money(found, decimals)}")
    return check


STATED = ("Settlements", "Value links", "Adjustments", "Closing transactions", "Estimated costs")


def check_status(book: Book) -> Check:
    """Every row says Active or Reversed as the Lock has it of its run; a link made anew since, Replaced."""
    check = Check("Status")
    counted: Counter[str] = Counter()
    for name in STATED:
        for row in book.results[name]:
            closing, stated = shown(row["Closing"]), shown(row["Status"])
            counted[stated] += 1
            if closing not in book.type:
                check.faults.append(f"{row.cell('Closing')}: the sheet Lock has no run {closing}")
                continue
            must = "Active" if closing in book.active else "Reversed"
            if name == "Value links" and must == "Active" and closing < book.last:
                must = "Replaced"
            if stated != must:
                check.faults.append(f"{row.cell('Status')}: {stated or 'blank'}, but {closing} makes it {must}")
    rows = _count(sum(counted.values()), "row")
    said = ", ".join(f"{count:,} {word or 'blank'}" for word, count in sorted(counted.items()))
    check.figures = f"{rows}: {said}" if said else rows
    return check


def check_digests(book: Book) -> Check:
    """The Digest of every run is the SHA-256 of the Digest before it and of all values the run wrote."""
    check = Check("Digests", f"{len(book.lock)} in a chain, the last one {shown(book.lock[-1]['Digest'])}")
    lines: dict[str, dict[str, list[str]]] = {name: defaultdict(list) for name in RESULTS}
    for name, headings in RESULTS.items():
        fields = [h for h in headings.split(",") if h not in ("Status", "Digest")]
        for row in book.results[name]:
            number = book.format.get(shown(row["Closing"]), FORMAT)
            taken = [h for h in fields if number > 1 or h not in LATER.get(name, ())]
            values = (restore_format(row, h, number) if name == "Locked rows" else row[h] for h in taken)
            line = "\x1f".join(_digested(book, h, value, name) for h, value in zip(taken, values, strict=True))
            lines[name][shown(row["Closing"])].append(line)
    previous = ""
    for row in book.lock:
        sha = hashlib.sha256(previous.encode())
        for name in RESULTS:
            sha.update(f"\x1d{DIGEST_NAMES[name]}\x1e".encode())
            sha.update("\x1e".join(sorted(lines[name][shown(row["Closing"])])).encode())
        previous = shown(row["Digest"])
        if sha.hexdigest() != previous:
            check.faults.append(f"{row.cell('Digest')}: the rows of {row['Closing']} come to {sha.hexdigest()}")
    return check


def _digested(book: Book, name: str, value: Any, sheet: str) -> str:
    """Write a value as the Digest takes it: numbers as whole numbers of their smallest unit, dates as ISO dates."""
    if value is None or value == "":
        return ""
    if name in DATES:
        return str(day(value) or "")
    if name == "Run at (UTC)":
        text = str(value).replace("T", " ")[:19]
        return f"{text}.000"
    if name in COUNTS or (name == "Settlements" and sheet == "Lock"):
        return str(whole(value, 0))
    if name == "Quantity":
        return str(whole(value, QUANTITY))
    if name in TEXTS:
        return shown(value)
    return str(whole(value, QUANTITY if name == "Unit cost" else book.decimals))


def _money(units: int, decimals: int) -> str:
    return f"{EXACT.create_decimal(units).scaleb(-decimals, EXACT):,f}" if decimals else f"{units:,}"


@dataclass(slots=True)
class LedgerState:
    """What the sheets say of every transaction as of the latest close that counts."""

    adjusted: dict[tuple[str, str], int]
    """by transaction and kind: all adjustments of its cost"""
    estimated: dict[str, int]
    taken: dict[str, list[tuple[str, int, int]]]
    """what each issue took: closing, quantity, amount"""
    given: dict[str, tuple[int, int]]
    """what each receipt gave: quantity, amount"""
    linked: dict[str, list[tuple[int, int]]]
    set_aside: set[str]
    """rows that were changed after a recalculation, or expensed; their costs are told by no single row"""


def state(book: Book) -> LedgerState:
    """Add up what counts up to the latest active close."""
    now = LedgerState(defaultdict(int), defaultdict(int), defaultdict(list), {}, defaultdict(list), set())
    for row in book.rows("Adjustments", book.last):
        now.adjusted[key(row["Transaction ID"]), shown(row["Kind"])] += book.amount(row, "Adjustment")
    for name in ("Adjustments", "Estimated costs"):
        for row in book.rows(name):
            if is_taken_back(row) or row["Type"] in EXPENSED:
                now.set_aside.add(key(row["Transaction ID"]))
    for row in book.rows("Estimated costs", book.last):
        now.estimated[key(row["Transaction ID"])] += book.amount(row, "Amount")
    for row in book.rows("Settlements", book.last):
        quantity, amount = whole(row["Quantity"], QUANTITY) or 0, book.amount(row, "Amount")
        now.taken[key(row["Issue"])].append((shown(row["Closing"]), quantity, amount))
        before = now.given.get(key(row["Receipt"]), (0, 0))
        now.given[key(row["Receipt"])] = (before[0] + quantity, before[1] + amount)
    for row in book.rows("Value links", book.last):
        if shown(row["Closing"]) == book.last:
            now.linked[key(row["Issue"])].append((whole(row["Quantity"], QUANTITY) or 0, book.amount(row, "Amount")))
    return now


def check_receipts(book: Book) -> Check:
    """No more is settled of a receipt than it has; one that is wholly settled gave exactly its cost (R6.3)."""
    check, now = Check("Settlements of receipts"), state(book)
    legs = _legs(book, now, "R", check)
    quantity = amount = emptied = 0
    for name, (settled, given) in now.given.items():
        quantity, amount = quantity + settled, amount + given
        if name in legs:
            has, cost, before, where = *legs[name], 0, name
        elif name in book.transactions:
            transaction = book.transactions[name]
            kind, where, before = transaction.kind(book.ends), transaction.row.cell("id"), transaction.prior_quantity
            has, settled, given = transaction.quantity, settled + before, given + transaction.prior_amount
            cost = transaction.posted(kind, now.estimated[name]) + now.adjusted[name, kind]
            if transaction.sign < 0:
                check.faults.append(f"{where}: the receipt of a settlement has a quantity below zero")
        else:
            check.faults.append(f"Settlements: the receipt {name} is on no sheet")
            continue
        emptied += settled == has
        if settled > has:
            check.faults.append(f"{where}: more settled than received")
        if settled == has != before and given != cost and name not in now.set_aside:
            money = _money(given, book.decimals), _money(cost, book.decimals)
            check.faults.append(f"{where}: wholly settled, for {money[0]} instead of its cost {money[1]}")
    check.figures = (f"{_count(len(now.given), 'receipt')} gave {_money(amount, book.decimals)} for a quantity of "
                     f"{_quantity(quantity)}; {emptied:,} of them wholly settled, to the last cent")  # fmt: skip
    return check


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _quantity(units: int) -> str:
    return f"{EXACT.create_decimal(units).scaleb(-QUANTITY, EXACT).normalize(EXACT):,f}"


def _legs(book: Book, now: LedgerState, side: str, check: Check) -> dict[str, tuple[int, int]]:
    """Return quantity and cost of the legs of closing transfers: a receipt leg costs what its issue leg took and what
    was charged on it."""
    legs = {}
    for row in book.rows("Closing transactions", book.last):
        name = shown(row["Transaction ID"])
        match = LEG.fullmatch(name)
        taken = now.taken[key(name[:-1] + "I")]
        own = sum(amount for closing, _, amount in taken if match and closing == match[1])
        if match is None or own != book.amount(row, "Amount"):
            check.faults.append(f"{row.cell('Amount')}: its settlements come to {_money(own, book.decimals)}")
        if match and match[2] == side:
            cost = sum(amount for *_, amount in taken) + now.adjusted[key(name), "Financial"]
            legs[key(name)] = (whole(row["Quantity"], QUANTITY) or 0, cost)
    return legs


def check_issues(book: Book) -> Check:
    """The cost of an issue is what it took from its receipts, and the posted cost of the rest (R7.1)."""
    check, now = Check("Settlements of issues"), state(book)
    legs = _legs(book, now, "I", check)
    count = covered = cost = 0
    for name, (has, _) in legs.items():
        if sum(quantity for _, quantity, _ in now.taken[name]) != has:
            check.faults.append(f"Closing transactions: the leg {name} is not wholly settled")
    for name in now.taken.keys() - legs.keys() - book.transactions.keys():
        check.faults.append(f"Settlements: the issue {name} is on no sheet")
    for name, transaction in book.transactions.items():
        kind = transaction.kind(book.ends)
        if transaction.sign > 0 or not kind or transaction.never_settled or name in now.set_aside:
            continue
        is_cost = transaction.posted(kind, now.estimated[name]) + now.adjusted[name, kind]
        wanted, left = _cost_of_issue(transaction, kind, now, name)
        count, covered, cost = count + 1, covered + (left == 0), cost + is_cost
        if left < 0:
            check.faults.append(f"{transaction.row.cell('id')}: more settled than issued")
        elif wanted != is_cost:
            money = _money(is_cost, book.decimals), _money(wanted, book.decimals)
            check.faults.append(
                f"{transaction.row.cell('id')}: costs {money[0]}, but its settlements and the rest {money[1]}"
            )
    check.figures = (f"{_count(count, 'issue')} cost {_money(cost, book.decimals)}; {covered:,} of them wholly covered"
                     + (f"; {len(now.set_aside)} rows set aside" if now.set_aside else ""))  # fmt: skip
    return check


def _cost_of_issue(transaction: Transaction, kind: str, now: LedgerState, name: str) -> tuple[int, int]:
    """Return what an issue must cost, and the quantity that nothing covers."""
    left = transaction.quantity - transaction.prior_quantity
    rest = transaction.posted(kind, now.estimated[name]) - transaction.prior_amount
    cost = transaction.prior_amount
    by_closing: dict[str, int] = defaultdict(int)
    for closing, quantity, amount in now.taken.get(name, ()):
        by_closing[closing] += quantity
        cost += amount
    linked = now.linked.get(name, ())
    parts = [by_closing[closing] for closing in sorted(by_closing)] + [sum(quantity for quantity, _ in linked)]
    for part in parts:
        if part > left:
            return cost, -1
        gone = rounded(rest, part, left) if left else 0
        rest, left = rest - gone, left - part
    return cost + rest + sum(amount for _, amount in linked), left


def check_adjustments(book: Book) -> Check:
    """Adjustment = new cost - old cost in every row; and costs lead from the posted cost to the last new cost."""
    check = Check("Adjustments")
    before: dict[tuple[str, str], int] = defaultdict(int)
    costs: dict[tuple[str, str, str], set[tuple[int, int]]] = defaultdict(set)
    moved: dict[tuple[str, str, str], int] = defaultdict(int)
    total = 0
    for row in book.results["Adjustments"]:
        old, new, change = (book.amount(row, name) for name in ("Old cost", "New cost", "Adjustment"))
        name, closing, value = (
            key(row["Transaction ID"]),
            shown(row["Closing"]),
            book.change(row),
        )
        if new - old != change:
            check.faults.append(
                f"{row.cell('Adjustment')}: new cost less old cost is {_money(new - old, book.decimals)}"
            )
        if value not in {side * change for side in book.sides(row)}:
            check.faults.append(
                f"{row.cell('Change of inventory value')}: the adjustment is {_money(change, book.decimals)}"
            )
        if closing in book.active:
            costs[closing, name, shown(row["Kind"])].add((old, new))
            moved[closing, name, shown(row["Kind"])] += change
            total += value
    aside, estimates, others = state(book).set_aside, _estimates_by_run(book), 0
    parts = {(closing, key(row)) for name, closing, said in book.noted("Parts")
             for row in (name, *(p[0] for p in said if isinstance(said, list)))}  # fmt: skip
    for (closing, name, kind), steps in sorted(costs.items()):
        transaction = book.transactions.get(name)
        start = before[name, kind]
        before[name, kind] += moved[closing, name, kind]
        if transaction is None or name in aside or transaction.kind(book.up_to[closing]) != kind:
            continue
        if (closing, name) in parts or not book.is_as_seen(transaction, kind, closing):
            others += 1
            continue
        posted = transaction.posted(kind, sum(a for run, a in estimates[name] if run <= closing)) + start
        if posted not in {old for old, _ in steps} or posted + moved[closing, name, kind] not in {n for _, n in steps}:
            check.faults.append(
                f"Adjustments: {transaction.row['id']} was {_money(posted, book.decimals)} before {closing}"
            )
    check.figures = (f"{_count(len(book.results['Adjustments']), 'row')}; those that count change inventory by "
                     f"{_money(total, book.decimals)}")  # fmt: skip
    if others:
        check.left_out = (f"the posted cost before {_count(others, 'change')} of rows that nothing had locked yet, or "
                          "that were split since: they may have been others then")  # fmt: skip
    return check


def _estimates_by_run(book: Book) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in book.rows("Estimated costs"):
        found[key(row["Transaction ID"])].append((shown(row["Closing"]), book.amount(row, "Amount")))
    return found


def check_vouchers(book: Book) -> Check:
    """Every voucher balances, line by line numbered; a Reversal's is the opposite of what it reverses."""
    check = Check("Vouchers balance")
    lines: dict[str, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    numbers: dict[str, list[int]] = defaultdict(list)
    totals: Counter[str] = Counter()
    sides: Counter[str] = Counter()
    for row in book.results["Vouchers"]:
        debit, credit, closing = book.amount(row, "Debit"), book.amount(row, "Credit"), shown(row["Closing"])
        if min(debit, credit) < 0 or (debit and credit):
            check.faults.append(f"{row.cell('Debit')}: a line has either a debit or a credit")
        account = tuple(key(row[name]) for name in ("Specification", "Account", "Ledger dimension"))
        lines[closing][account] += debit - credit  # type: ignore[index]
        numbers[closing].append(whole(row["Line"], 0) or 0)
        totals[closing] += debit
        sides[closing] += debit - credit
    for closing, rest in sides.items():
        if rest:
            check.faults.append(f"Vouchers: {closing} has {_money(rest, book.decimals)} more debit than credit")
        if sorted(numbers[closing]) != list(range(1, len(numbers[closing]) + 1)):
            check.faults.append(f"Vouchers: the lines of {closing} are not numbered 1 to {len(numbers[closing])}")
    for row in book.results["Vouchers"]:
        total = whole(row["Voucher total"], book.decimals)
        if total is not None and total != totals[shown(row["Closing"])]:
            check.faults.append(f"{row.cell('Voucher total')}: the debits of {row['Closing']} come to another sum")
    for row in book.lock:
        closing, undone = shown(row["Closing"]), shown(row["Reverses"])
        if undone and lines[closing] != Counter({k: -v for k, v in lines[undone].items()}):
            check.faults.append(f"Vouchers: {closing} is not the opposite of {undone}")
        if closing not in book.carried and shown(row["Voucher"]) != (closing if numbers[closing] else ""):
            check.faults.append(f"{row.cell('Voucher')}: {row['Voucher']}")
    check.figures = f"{_count(len(sides), 'voucher')}, debit = credit = {_money(sum(totals.values()), book.decimals)}"
    return check


def _accounts(book: Book) -> tuple[set[str], set[str]]:
    """Return the accounts that hold inventory, and those that stand opposite: as the book names them, or named them."""
    inventory = {key(r["inventory_account"]) for name in ("Transactions", "Posting") for r in book.inputs[name]}
    inventory = (inventory | book.seen_accounts[0]) - {""}
    others = {key(r["offset_account"]) for name in ("Transactions", "Posting", "Cost adjustments", "Charges")
              for r in book.inputs[name]}  # fmt: skip
    others = (others | book.seen_accounts[1]) - {""}
    if not inventory:
        inventory, others = {"inventory"}, others | ROLES
    return inventory, others


def _posted(
    book: Book, inventory: set[str], others: set[str]
) -> tuple[Counter[str], set[str], dict[str, Counter[str]]]:
    """Return what runs post to inventory accounts; runs whose account is both; what they post where nobody knows."""
    posted, doubtful, unknown = Counter[str](), set(), defaultdict[str, Counter[str]](Counter)
    for row in book.results["Vouchers"]:
        units = book.amount(row, "Debit") - book.amount(row, "Credit")
        if key(row["Account"]) not in inventory | others:
            unknown[shown(row["Closing"])][key(row["Account"])] += units
        if key(row["Account"]) in inventory:
            posted[shown(row["Closing"])] += units
            if key(row["Account"]) in others:
                doubtful.add(shown(row["Closing"]))
    return posted, doubtful, unknown


def check_inventory_accounts(book: Book) -> Check:
    """What a voucher posts to inventory accounts is what its run changed of the value of inventory (R9.3)."""
    check = Check("Vouchers = change of inventory value")
    inventory, others = _accounts(book)
    posted, doubtful, unknown = _posted(book, inventory, others)
    wanted, estimates, forgotten = Counter[str](), Counter[str](), set[str]()
    either: dict[str, list[int]] = defaultdict(list)
    silent, noted = _silent(book), _noted_estimates(book)
    for name in ("Adjustments", "Estimated costs"):
        for row in book.results[name]:
            transaction, closing, sides = (
                book.transactions.get(key(row["Transaction ID"])),
                shown(row["Closing"]),
                book.sides(row),
            )
            if key(row["Item number"]) in silent or (
                name == "Estimated costs" and transaction is None and len(sides) > 1
            ):
                doubtful.add(closing)
            elif name == "Adjustments":
                wanted[closing] += book.change(row)
            else:
                side = transaction.sign if transaction and transaction.sign in sides else sides[0]
                estimates[closing] += side * book.amount(row, "Amount")
                if len(sides) > 1:
                    either[closing].append(-2 * side * book.amount(row, "Amount"))
    total = 0
    for row in book.lock:
        closing = shown(row["Closing"])
        if row["Type"] == "Reversal" or closing in doubtful | book.carried:
            continue
        total += posted[closing]
        rest = posted[closing] - wanted[closing]
        of_estimates = (estimates[closing], noted[closing, True], estimates[closing] - noted[closing, False])
        if rest and not any(_comes_to(rest - units, either[closing]) for units in of_estimates):
            if unknown[closing] and _comes_to(
                rest - estimates[closing], [*either[closing], *(-units for units in unknown[closing].values())]
            ):
                forgotten.add(closing)
                continue
            came, must = (
                _money(posted[closing], book.decimals),
                _money(wanted[closing] + estimates[closing], book.decimals),
            )
            check.faults.append(f"Vouchers: {closing} posts {came} to inventory, but changed its value by {must}")
    runs = [c for c in posted if c not in doubtful]
    check.figures = (
        f"{_count(len(runs), 'run')}, {_money(total, book.decimals)} on {_count(len(inventory), 'inventory account')}"
    )
    if forgotten:
        check.left_out = (f"{', '.join(sorted(forgotten))}: posts to an account that stands nowhere in the book any "
                          "more")  # fmt: skip
    elif doubtful:
        check.left_out = (f"{', '.join(sorted(doubtful))}: an inventory account is an offset account too, or an item "
                          "model group keeps changes out of the ledger, so the lines alone cannot tell")  # fmt: skip
    return check


def _noted_estimates(book: Book) -> Counter[tuple[str, bool]]:
    """Return what runs noted of estimates: their change of inventory, by closing and whether it was posted.

    What is taken back is posted as it was, whatever *Post estimated costs* says by then (R8.5): one run may post some
    of its estimates and not others.
    """
    found = Counter[tuple[str, bool]]()
    for row in book.results["Locked rows"]:
        transaction = book.transactions.get(key(row["Transaction ID"]))
        if row["Kind"] != "Posting" or transaction is None:
            continue
        try:
            kind, _, amount, _, is_posted = json.loads(shown(row["Fingerprint"]))[:5]
        except (ValueError, TypeError):
            continue
        if kind in POSTED_ESTIMATES:
            found[shown(row["Closing"]), is_posted is True] += transaction.sign * int(amount)
    return found


def _comes_to(units: int, amounts: list[int]) -> bool:
    """Whether some of the amounts add up to a figure; of very many, whether they could."""
    sums = {0}
    for amount in amounts:
        sums |= {before + amount for before in sums}
        if len(sums) > MOST_SUMS:
            low, high = (sum(a for a in amounts if a * side > 0) for side in (-1, 1))
            return low <= units <= high and units % 2 == 0
    return units in sums


def _silent(book: Book) -> set[str]:
    """Return the items whose changes do not all reach the ledger (R9.4)."""
    no = {"no", "false", "0"}
    groups = {
        key(g["id"]) for g in book.inputs["Item model groups"] if key(g["physical"]) in no or key(g["financial"]) in no
    }
    groups |= {key(name) for name, _, said in book.noted("Item model group") if "N" in str(said)[4:6]}
    return {key(item["id"]) for item in book.inputs["Items"] if key(item["group"]) in groups}


def check_stock_value(book: Book) -> Check:
    """Opening + receipts - issues + adjustments = closing; and every figure follows from the rows of the book."""
    check = Check("Stock value")
    rows = book.results["Stock value"]
    if not book.last:
        return check
    if "Stock value" not in book.names and set(book.format.values()) == {1}:
        check.left_out = "version 0.1.0 wrote no such sheet; the next run adds it"
        return check
    found = {(key(row["Item number"]), key(row["Costing group"])): row for row in rows}
    assert book.ends is not None
    wanted = _stock(book, book.begins, book.ends)
    total = 0
    for row in rows:
        value, quantity = _stock_row(book, row, check)
        total += value
        if shown(row["Closing"]) != book.of_stock:
            check.faults.append(f"{row.cell('Closing')}: the latest close is {book.of_stock}")
        cost = whole(row["Unit cost"], QUANTITY)
        if quantity and cost is not None and cost != rounded(value, 10 ** (2 * QUANTITY), quantity * 10**book.decimals):
            check.faults.append(f"{row.cell('Unit cost')}: {row['Unit cost']} is not value by quantity")
    for group, figures in wanted.items():
        shows = found.get(group)
        for name, units in figures.items():
            is_quantity = name.endswith("quantity")
            stated = whole(shows[name], QUANTITY if is_quantity else book.decimals) if shows else 0
            if (stated or 0) != units and (shows is None or shows[name] is not None):
                came = _quantity(units) if is_quantity else _money(units, book.decimals)
                where = shows.cell(name) if shows else f"Stock value, {name} of {' '.join(group)}"
                check.faults.append(f"{where}: the rows of the book come to {came}")
    for group in found.keys() - wanted.keys():
        check.faults.append(f"{found[group].cell('Item number')}: no row of the book belongs to it")
    _check_stock_texts(book, rows, check)
    check.figures = f"{_count(len(rows), 'row')}, closing value {_money(total, book.decimals)}"
    return check


def _print(text: str) -> str:
    """Return the two characters that *Locked rows* keeps of a text: the FNV-1a of its bytes, folded to 24 bits."""
    state = 0xCBF29CE484222325
    for byte in text.encode():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    folded = max((state ^ state >> 24 ^ state >> 48) & 0xFFFFFF, 1) if text else 0
    return CHARACTERS[folded >> 18] + CHARACTERS[folded >> 12 & 63]


def _check_stock_texts(book: Book, rows: Sequence[Row], check: Check) -> None:
    """Names of items, groups and models are those the last run wrote: *Items* may have others since."""
    last, width = shown(book.lock[-1]["Closing"]), 2 * STOCK_FIELDS
    kept = [shown(row["Fingerprint"]) for row in book.results["Locked rows"]
            if shown(row["Kind"]) == "Result rows" and row["Transaction ID"] == "stock_value"
            and shown(row["Closing"]) == last]  # fmt: skip
    if any(len(text) % width for text in kept):
        return  # of another format
    own = ("Item number", "Costing group")
    prints: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for text in kept:
        for at in range(0, len(text), width):
            of_row = text[at : at + width]
            prints[tuple(of_row[2 * STOCK_TEXTS[h] :][:2] for h in own)].append(of_row)
    for row in rows if kept else ():
        written = prints.get(tuple(_print(shown(row[h])) for h in own), [])
        for heading, place in STOCK_TEXTS.items():
            wanted = {of_row[2 * place :][:2] for of_row in written}
            if (
                wanted
                and heading in row.columns
                and not wanted & {_print(shown(row[heading])), _print(str(row[heading] or ""))}
            ):
                check.faults.append(f"{row.cell(heading)}: {row[heading] or 'blank'} is not what {last} wrote here")


def _stock_row(book: Book, row: Row, check: Check) -> tuple[int, int]:
    """Return closing value and quantity as the other columns of a row have them, and compare."""
    sums = []
    for name, decimals in (("value", book.decimals), ("quantity", QUANTITY)):
        opening, receipts, issues = (
            whole(row[f"{c} {name}"], decimals) or 0 for c in ("Opening", "Receipts", "Issues")
        )
        added = opening + receipts - issues + (book.amount(row, "Adjustments") if name == "value" else 0)
        stated = whole(row[f"Closing {name}"], decimals)
        if stated is not None and stated != added:  # None: saved by a program that leaves results of formulas out
            check.faults.append(f"{row.cell(f'Closing {name}')}: {row[f'Closing {name}']} does not add up")
        sums.append(added)
    return sums[0], sums[1]


def check_roll_forward(book: Book) -> Check:
    """The proof of a book that was rolled forward: both books hold the same, here it is what the rows come to."""
    check = Check("Roll-forward")
    if not book.rolled:
        check.figures = "the book was not rolled forward"
        if rows := book.results["Roll-forward"]:
            check.faults.append(f"{rows[0].cell('Closing')}: the sheet Lock has no run of Type Roll-forward")
        return check
    rows = book.results["Roll-forward"]
    if not rows:
        title = next((name for name in book.names if name.strip().casefold() == "roll-forward"), "")
        check.faults.append(f"Roll-forward: the sheet {'lacks its headings or rows' if title else 'is missing'}; "
                            f"{book.rolled} wrote it")  # fmt: skip
        return check
    for row in rows:
        _check_proven_row(book, row, check)
    _check_proven_totals(book, rows, check)
    _check_proven_stock(book, rows, check)
    _check_archive(book, rows, check)
    value = sum(book.amount(row, "Value here") + book.amount(row, "Not invoiced value here") for row in rows)
    check.figures = f"{_count(len(rows), 'row')}, {_money(value, book.decimals)} in both books; {check.figures}"
    return check


def _proven(figure: str, side: str) -> str:
    return f"{figure.capitalize()} {side}"


def _check_proven_row(book: Book, row: Row, check: Check) -> None:
    """In one row: what the old book had is here, and nothing differs."""
    if shown(row["Closing"]) != book.rolled:
        check.faults.append(f"{row.cell('Closing')}: the book was rolled forward by {book.rolled}")
    if day(row["Up to date"]) != book.up_to[book.rolled]:
        check.faults.append(f"{row.cell('Up to date')}: {book.rolled} stands at {book.up_to[book.rolled]}")
    for figure in PROVEN:
        decimals = QUANTITY if figure.endswith("quantity") else book.decimals
        there, here = (whole(row[_proven(figure, side)], decimals) or 0 for side in ("in the old book", "here"))
        if there != here:
            name = _proven(figure, "in the old book")
            check.faults.append(f"{row.cell(name)}: {row[name]}, but here {row[_proven(figure, 'here')]}")
    if book.amount(row, "Difference"):
        check.faults.append(f"{row.cell('Difference')}: {row['Difference']}, but nothing may differ")


def _check_proven_totals(book: Book, rows: Sequence[Row], check: Check) -> None:
    """The totals above the headings are the sums, of the rows that a filter shows where there is one."""
    for name, total in book.totals.items():
        stated = whole(total["value"], book.decimals)
        if not name.startswith(("Value", "Not invoiced value", "Difference")) or stated is None:
            continue
        comes, of_shown = (sum(book.amount(row, name) for row in rows if row.number not in without)
                           for without in (set(), book.hidden))  # fmt: skip
        if stated not in (comes, of_shown):
            check.faults.append(
                f"{total['cell']}: {total['value']}, but the rows come to {_money(comes, book.decimals)}"
            )


def _check_proven_stock(book: Book, rows: Sequence[Row], check: Check) -> None:
    """What is said to be here is what the rows of the book come to at that date.

    Where the financial dimensions are others since, item by item: the costing groups have other names then.
    """
    by_group = len({shown(said) for _, _, said in book.noted("Financial dimensions")}) < 2
    at = book.up_to[book.rolled]
    came: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for pair, figures in _stock(book, at, at).items():
        for figure, name in PROVEN.items():
            came[pair if by_group else pair[:1]][figure] += figures[name]
    said: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    where: dict[tuple[str, ...], Row] = {}
    for row in rows:
        group = tuple(key(row[h]) for h in ("Item number", "Costing group")[: 2 if by_group else 1])
        where.setdefault(group, row)
        for figure in PROVEN:
            name = _proven(figure, "here")
            said[group][figure] += whole(row[name], QUANTITY if figure.endswith("quantity") else book.decimals) or 0
    since = _changed_since(book)
    if since is None or since:
        check.left_out = "what items hold of which rows were changed or split since"
    if since is None:
        return
    for group in sorted(came.keys() | said.keys()):
        for figure in PROVEN if group[0] not in since else ():
            units = came[group][figure]
            if units != said[group][figure]:
                name = _proven(figure, "here")
                cell = where[group].cell(name) if group in where else f"Roll-forward, {name} of {' '.join(group)}"
                shows = _quantity(units) if figure.endswith("quantity") else _money(units, book.decimals)
                check.faults.append(f"{cell}: the rows of the book come to {shows}")


def _changed_since(book: Book) -> set[str] | None:
    """Return items of which later runs found rows to be others than before; None where a row is gone."""
    changed = {name for name, closing in book.taken_back.items() if closing > book.rolled} | book.joined
    changed |= {key(name) for name, closing, _ in book.noted("Parts") if closing > book.rolled}
    if any(name not in book.transactions for name in changed):
        return None
    return {book.transactions[name].item for name in changed}


def _check_archive(book: Book, rows: Sequence[Row], check: Check) -> None:
    """All rows name one old book by name, Digest and SHA-256; where it lies beside this one, it is that file."""
    headings = ("Old book", "Digest of its last run", "SHA-256 of its file")
    first = rows[0]
    name, digest, sha = (shown(first[heading]) for heading in headings)
    for row in rows[1:]:
        for heading in headings:
            if shown(row[heading]) != shown(first[heading]):
                check.faults.append(
                    f"{row.cell(heading)}: {shown(row[heading]) or 'blank'}, but {first.cell(heading)} has another"
                )
    for heading, stated in zip(headings[1:], (digest, sha), strict=True):
        if not SHA_256.fullmatch(stated) or len(set(stated)) == 1:
            check.faults.append(f"{first.cell(heading)}: {stated or 'blank'} is no SHA-256")
    if not name or "/" in name or "\\" in name:
        check.faults.append(f"{first.cell(headings[0])}: {name or 'blank'} is no name of a file")
        return
    archive = book.path.parent / name
    if not archive.is_file() or archive.resolve() == book.path.resolve():
        check.figures = f"{name} does not lie beside it: its SHA-256 must be {sha}"
        return
    check.figures = f"{name} beside it has the SHA-256 that is stated"
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != sha:
        check.figures = f"{name} lies beside it"
        check.faults.append(f"{first.cell(headings[2])}: {sha}, but {archive.name} beside this book has {found}")
        return
    last = _last_digest(archive)
    if last and last != digest:
        check.faults.append(f"{first.cell(headings[1])}: {digest}, but the last run of {name} has {last}")


def _last_digest(archive: Path) -> str:
    """Return the Digest of the last run of another book; '' where it cannot be read."""
    headings = {h: (h,) for h in ("Closing", "Digest")}
    try:
        workbook = load_workbook(archive, read_only=True, data_only=True)
        rows = Book._sheets(workbook, _tables(archive), "Lock", headings, tuple(headings))
        workbook.close()
    except Exception:  # whatever a damaged file makes openpyxl say; its SHA-256 holds, so it was so when it was read
        return ""
    return max(((shown(r["Closing"]), shown(r["Digest"])) for r in rows), default=("", ""))[1]


def _stock(book: Book, begins: date | None, ends: date) -> dict[tuple[str, str], dict[str, int]]:
    """Return what the rows of the book come to, by item and costing group."""
    names = ("Opening quantity", "Opening value", "Receipts quantity", "Receipts value", "Issues quantity",
             "Issues value", "Adjustments", "Closing quantity", "Closing value", "Not invoiced quantity",
             "Not invoiced value", "Change of inventory value", *IN_TRANSIT)  # fmt: skip
    stock: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(names, 0))
    entries: dict[str, list[tuple[date, str, int, bool]]] = defaultdict(list)
    expensed: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for row in book.rows("Adjustments"):
        name, at = key(row["Transaction ID"]), book.up_to[shown(row["Closing"])]
        entries[name].append((at, shown(row["Kind"]), book.amount(row, "Adjustment"), True))
    stands: Counter[tuple[str, bool]] = Counter()
    for row in sorted(book.rows("Estimated costs"), key=lambda r: shown(r["Closing"])):
        name, at, amount = key(row["Transaction ID"]), book.up_to[shown(row["Closing"])], book.amount(row, "Amount")
        is_expensed = row["Type"] in EXPENSED
        if is_taken_back(row) and book.format[shown(row["Closing"])] == 1:  # which of the two: by what stands
            is_expensed = stands[name, True] == -amount != stands[name, False]
        stands[name, is_expensed] += amount
        if is_expensed:
            expensed[name].append((at, amount))
        else:
            entries[name].append((at, "", amount, False))
    held = {}
    for transaction in book.transactions.values():
        row_of_stock = stock[transaction.item, transaction.group]
        own = entries[transaction.key], expensed[transaction.key]
        held[transaction.key] = _add((begins, ends), row_of_stock, transaction, *own)
    _add_charged_legs(book, stock, begins, ends)
    _add_in_transit(book, stock, held)
    return dict(stock)


def _add_in_transit(book: Book, stock: dict[tuple[str, str], dict[str, int]], held: dict[str, Any]) -> None:
    """Add what transfers sent and have not taken in: to the sender's costing group (R6.2)."""
    legs: dict[tuple[str, str], list[Transaction]] = defaultdict(list)
    for transaction in book.transactions.values():
        brought_back = transaction.sign > 0 and not transaction.reference and shown(transaction.row["return_lot"])
        if shown(transaction.row["transfer"]) and transaction.reference in LEGS and not brought_back:
            legs[key(transaction.row["transfer"]), transaction.item].append(transaction)
    said: dict[str, set[int]] = defaultdict(set)
    for (transfer, _), rows in legs.items():
        said[transfer] |= {LEGS[transaction.reference] for transaction in rows}
    for (transfer, _), rows in legs.items():
        there = [transaction for transaction in rows if held[transaction.key]]
        sends = [transaction for transaction in there if transaction.sign < 0]
        steps: dict[int, set[int]] = defaultdict(set)
        for transaction in there:
            steps[LEGS[transaction.reference] if {1, 2} <= said[transfer] else 0].add(transaction.sign)
        quantity, value = (-sum(held[transaction.key][n] for transaction in there) for n in (0, 1))
        apart = any(len(sides) == 1 for sides in steps.values())
        if sends and (quantity > 0 or (quantity == 0 and apart)):
            row = stock[sends[0].item, sends[0].group]
            row["In transit quantity"] += quantity
            row["In transit value"] += value


def _add_charged_legs(
    book: Book, stock: dict[tuple[str, str], dict[str, int]], begins: date | None, ends: date
) -> None:
    """Add what was charged on the stock of average items: receipt legs of closing transfers, which are no rows."""
    for adjustment in book.rows("Adjustments"):
        at, amount = book.up_to[shown(adjustment["Closing"])], book.amount(adjustment, "Adjustment")
        if not LEG.fullmatch(shown(adjustment["Transaction ID"])) or at > ends:
            continue
        row = stock[key(adjustment["Item number"]), key(adjustment["Costing group"])]
        row["Closing value"] += amount
        if begins and at <= begins:
            row["Opening value"] += amount
        else:
            row["Adjustments"] += amount
            row["Change of inventory value"] += amount


def _add(
    period: tuple[date | None, date], row: dict[str, int], transaction: Transaction, entries: Any, expensed: Any
) -> tuple[int, int] | None:
    """Add one transaction to the figures of its item and costing group; return its quantity and value, if there."""
    begins, ends = period
    kind = transaction.kind(ends)
    opened = transaction.kind(begins) == "Financial" if begins else transaction.is_opening
    entries = [entry for entry in entries if entry[0] <= ends]
    by_run = [(at, k, amount) for at, k, amount, is_adjustment in entries if is_adjustment]
    row["Change of inventory value"] += transaction.sign * sum(a for at, _, a in by_run if not begins or at > begins)
    if not kind:
        return None
    estimated = sum(amount for _, _, amount, is_adjustment in entries if not is_adjustment)
    moved = transaction.sign * sum(amount for _, k, amount in by_run if k == kind)
    late = transaction.sign * sum(amount for at, amount in expensed if at <= ends)
    if kind == "Physical":
        value = transaction.sign * transaction.posted(kind, estimated) + moved + late
        row["Not invoiced quantity"] += transaction.sign * transaction.quantity
        row["Not invoiced value"] += value
        return transaction.sign * transaction.quantity, value
    quantity = transaction.sign * (transaction.quantity - transaction.prior_quantity)
    value = transaction.sign * (transaction.posted(kind, estimated) - transaction.prior_amount)
    before = transaction.sign * sum(amount for at, amount in expensed if opened and begins and at <= begins)
    within = transaction.sign * sum(a for at, k, a in by_run if k == kind and not (begins and at <= begins))
    row["Closing quantity"] += quantity
    row["Closing value"] += value + moved + late
    row["Adjustments"] += within
    if opened:
        row["Opening quantity"] += quantity
        row["Opening value"] += value + moved - within + before
    else:
        side = "Receipts" if transaction.sign > 0 else "Issues"
        row[f"{side} quantity"] += transaction.sign * quantity
        row[f"{side} value"] += transaction.sign * value
    row["Issues value"] -= late - before
    return quantity, value + moved + late


CHECKS: tuple[Callable[[Book], Check], ...] = (
    check_lock, check_status, check_digests, check_receipts, check_issues, check_adjustments, check_vouchers,
    check_inventory_accounts, check_stock_value, check_roll_forward,
)  # fmt: skip


def verify(path: str | Path) -> list[Check]:
    """Return all checks of a closed book; raise CannotVerify where there is none."""
    book = Book(Path(path))
    return [check(book) for check in CHECKS]


# A folder that was handed over

SUMS, RECONCILIATION = "SHA256SUMS", "reconciliation.xlsx"
LARGEST = 10
EXPLAINED = "Rank,Transaction ID,Item number,Costing group,Kind,Adjustment,Explanation,Picture"


def verify_folder(folder: str | Path) -> list[Check]:
    """Return all checks of a folder and of the book in it; raise CannotVerify where it holds no closed book."""
    place = Path(folder)
    files = check_files(place)
    books = [p for p in sorted(place.iterdir()) if p.suffix.lower() in (".xlsx", ".xlsm") and p.name != RECONCILIATION]
    if len(books) != 1:
        raise CannotVerify(f"{place} must hold the closed workbook and {RECONCILIATION}; it holds"
                           f" {len(books)} workbooks beside {RECONCILIATION}.")  # fmt: skip
    book = Book(books[0])
    copies = {
        "vouchers.csv": ("Vouchers", RESULTS["Vouchers"], book.results["Vouchers"]),
        "stock_value.csv": ("Stock value", STOCK, book.results["Stock value"]),
        "lock.csv": ("Lock", RESULTS["Lock"], book.lock),
        "warnings.csv": ("Log", RESULTS["Log"], [r for r in book.results["Log"] if r["Severity"] == "Warning"]),
    }
    compared = [check_copy(book, place / name, *sheet) for name, sheet in copies.items()]
    return [files, *(check(book) for check in CHECKS), *compared, check_explained(book, place),
            check_reconciliation(book, place)]  # fmt: skip


def check_files(place: Path) -> Check:
    """Every file has the SHA-256 that SHA256SUMS gives it; none is missing, none was added."""
    check = Check("Files")
    try:
        lines = (place / SUMS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotVerify(f"{place / SUMS} cannot be read: {error}") from error
    sums = {name: sha for sha, _, name in (line.partition("  ") for line in lines) if name}
    there = {
        p.relative_to(place).as_posix(): p for p in place.rglob("*") if p.is_file() and "__pycache__" not in p.parts
    }
    for name in sorted(sums.keys() | there.keys() - {SUMS}):
        if name not in there:
            check.faults.append(f"{name}: missing")
        elif name not in sums:
            check.faults.append(f"{name}: not in {SUMS}")
        elif hashlib.sha256(there[name].read_bytes()).hexdigest() != sums[name]:
            check.faults.append(f"{name}: changed since it was handed over")
    check.figures = f"{_count(len(sums), 'file')} with their SHA-256"
    return check


def _csv(path: Path, check: Check) -> list[dict[str, str]]:
    """Return the rows of a CSV file; an apostrophe before = + - @ keeps a spreadsheet from computing a text."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        check.faults.append(f"{path.name}: {error}")
        return []
    return [{h: re.sub(r"^'(?=[=+\-@\t\r])", "", v or "") for h, v in row.items() if h} for row in rows]


def check_copy(book: Book, path: Path, sheet: str, headings: str, rows: Sequence[Row]) -> Check:
    """A CSV file has the rows of its sheet, value by value."""
    check = Check(path.name)
    names = headings.split(",")
    wanted = Counter(tuple(_digested(book, name, row[name], sheet) for name in names) for row in rows)
    copied = _csv(path, check)
    found = Counter(tuple(_digested(book, name, row.get(name, ""), sheet) for name in names) for row in copied)
    for values, count in ((found - wanted) + (wanted - found)).items():
        where = "the sheet has no such row" if found[values] > wanted[values] else "the file lacks this row"
        check.faults.append(f"{path.name}: {where}, {count} x: {', '.join(v for v in values if v)[:90]}")
    check.figures = f"{_count(len(copied), 'row')}, {len(rows):,} on the sheet {sheet}"
    return check


def largest(book: Book) -> list[Row]:
    """Return the largest adjustments of the latest active close, the largest first."""
    rows = [r for r in book.results["Adjustments"] if shown(r["Closing"]) == book.last]
    return sorted(rows, key=lambda r: (-abs(book.amount(r, "Adjustment")), key(r["Transaction ID"]), r["Kind"],
                                       r["Cause"]))[:LARGEST]  # fmt: skip


def check_explained(book: Book, place: Path) -> Check:
    """The explained adjustments are the largest of the latest close; each has its text and its picture."""
    check = Check("largest_adjustments.csv")
    rows = _csv(place / "largest_adjustments.csv", check)
    wanted = [(shown(r["Transaction ID"]), book.amount(r, "Adjustment")) for r in largest(book)]
    found = [(r.get("Transaction ID", ""), whole(r.get("Adjustment"), book.decimals)) for r in rows]
    if found != wanted:
        check.faults.append(f"largest_adjustments.csv: the largest are {', '.join(name for name, _ in wanted)}")
    for row in rows:
        for name in (row.get("Explanation", ""), row.get("Picture", "")):
            if not name or not (place / name).is_file():
                check.faults.append(
                    f"largest_adjustments.csv: {name or 'no file'} of {row.get('Transaction ID')} is missing"
                )
    check.figures = (
        f"{_count(len(rows), 'adjustment')}, {_money(sum(abs(a or 0) for _, a in found), book.decimals)} together"
    )
    return check


def check_reconciliation(book: Book, place: Path) -> Check:
    """What the entries of the reconciliation come to is the value of *Stock value*, invoiced and not."""
    check = Check(RECONCILIATION)
    headings: dict[str, tuple[str, ...]] = {h: (h,) for h in ("Date", "Kind", "Amount")}
    try:
        workbook = load_workbook(place / RECONCILIATION, read_only=True, data_only=True)
        rows = _rows(workbook["Entries"], "Entries", headings, tuple(headings), None)
        workbook.close()
    except Exception as error:  # whatever a damaged file makes openpyxl say
        check.faults.append(f"{RECONCILIATION}: {error}")
        return check
    stock = book.results["Stock value"]
    figures = []
    for kind, name in (("Financial", "Closing value"), ("Physical", "Not invoiced value")):
        dated = [r for r in rows if r["Kind"] == kind and book.ends and (day(r["Date"]) or date.max) <= book.ends]
        came, must = sum(book.amount(r, "Amount") for r in dated), sum(book.amount(r, name) for r in stock)
        figures.append(f"{name} {_money(came, book.decimals)} from {_count(len(dated), 'entry', 'entries')}")
        if came != must:
            check.faults.append(f"{RECONCILIATION}: entries come to {_money(came, book.decimals)}, {name} is "
                                f"{_money(must, book.decimals)}")  # fmt: skip
    check.figures = "; ".join(figures)
    return check


def report(checks: Sequence[Check]) -> str:
    """Return the table of what was checked."""
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{check.word:<6}  {check.name:<{width}}  {check.figures}")
        lines += [f"{'':<{width + 10}}not checked: {check.left_out}"] if check.left_out else []
        lines += [f"{'':<8}{fault}" for fault in check.faults[:SHOWN]]
        lines += [f"{'':<8}and {len(check.faults) - SHOWN:,} more"] if len(check.faults) > SHOWN else []
    failed = sum(bool(check.faults) for check in checks)
    return "\n".join(
        [*lines, "", f"{failed} of {len(checks)} checks failed." if failed else f"All {len(checks)} checks hold."]
    )


def main(arguments: Sequence[str]) -> int:
    """Check the book that is named and print the table."""
    if len(arguments) != 1:
        print("Usage: python verify_close.py BOOK.xlsx, or the folder that was handed over", file=sys.stderr)
        return 2
    try:
        checks = verify_folder(arguments[0]) if Path(arguments[0]).is_dir() else verify(arguments[0])
    except CannotVerify as error:
        print(error, file=sys.stderr)
        return 4 if isinstance(error, NeverClosed) else 5
    print(report(checks))
    return 4 if any(check.faults for check in checks) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
