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
import html
import json
import re
import sys
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from openpyxl import load_workbook
from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

QUANTITY = 6
EXACT = Context(prec=40, rounding=ROUND_HALF_UP)
MOST_SUMS = 20_000
SHOWN = 10
"""how many wrong cells are named below a failed check"""
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
"""How a workbook writes characters that XML does not hold, and texts that look like one of these."""
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
        **{name.lower(): (name, field) for name, field in zip(DIMENSIONS[2:], (
            "WMSLocationId", "LicensePlateId", "InventBatchId", "InventSerialId", "ConfigId", "InventSizeId",
            "InventColorId", "InventStyleId", "InventOwnerId"), strict=True)},
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
    "Ledger": {"account": ("Account",), "date": ("Date",), "amount": ("Amount",)},
}  # fmt: skip
GRID: dict[str, tuple[str, ...]] = {
    "id": ("Record-ID", "Record ID"), "item": ("ItemNumber",), "financial_amount": ("Cost amount",),
    "prior_adjustment": ("Adjustment",), "prior_quantity": ("Settled quantity",),
    "prior_amount": ("Settled cost amount", "Settled amount"), "status_receipt": ("Receipt", "Receipt status"),
    "status_issue": ("Issue", "Issue status"), "lot": ("InventTransOrigin",),
    "return_lot": ("ReturnInventTransOrigin",),
}  # fmt: skip
"""Headings of Transactions that only an export has: beside Receipt and Issue, or InventTransOrigin"""
REQUIRED = {
    "Transactions": ("id", "item", "quantity"), "Items": ("id", "group"), "Item model groups": ("id", "model"),
    "Dimensions": ("id", "financial"), "Posting": ("inventory_account", "offset_account"),
    "References": ("id", "means"), "Parameters": ("id", "value"), "Ledger": ("account", "amount"),
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
    "valor": "value", "konto": "account", "hauptkonto": "account", "compte": "account", "cuenta": "account",
    "datum": "date", "fecha": "date",
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


class _Reader(ExcelReader):  # type: ignore[misc] # openpyxl has no types
    """openpyxl's reader, with all texts as they stand in the file: it changes some of those that cells share."""

    def read_strings(self) -> None:
        """Read the texts that cells share."""
        part = self.package.find(SHARED_STRINGS)
        if part is None:
            return
        self.shared_strings = []
        with self.archive.open(part.PartName[1:]) as source:
            for _, node in ElementTree.iterparse(source):
                if node.tag == f"{{{SHEET_MAIN_NS}}}si":
                    self.shared_strings.append(Text.from_tree(node).content)
                    node.clear()


def _open(path: Path) -> Any:
    reader = _Reader(path, read_only=True, data_only=True)
    reader.read()
    return reader.wb


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
            if "status_receipt" in wanted and ({"receipt", "issue"} <= known.keys() or "inventtransorigin" in known):
                found = _columns(known, GRID) | found
                if "physical_amount" not in found and found.get("financial_amount") == known.get("cost amount", -1):
                    found["one_amount"] = found["financial_amount"]
            if not all(f in found for f in needed):
                found = _columns({HEADINGS_IN_ENGLISH.get(h, h): place for h, place in known.items()} | known, wanted)
            columns = found if all(f in found for f in needed) else {}
        elif bottom and number > bottom:
            break
        else:
            values = {f: _read(cells[place]) for f, place in columns.items() if place < len(cells)}
            if any(value is not None for value in values.values()):
                rows.append(Row(name, number, columns, values))
    return rows


def _read(value: Any) -> Any:
    """Return what a cell holds, a text as it is meant: in the file ``_x000D_`` stands for a character."""
    if isinstance(value, str) and "_x" in value:
        return ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    return value


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
            workbook = _open(path)
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
        _add_up_stock(self.results["Stock value"], self.decimals)
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
        """the run that *Stock value* and a package speak of"""
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
            of_slip, of_invoice = self.magnitude(row, "physical_amount"), self.magnitude(row, "financial_amount")
            if "one_amount" in row.columns and not day(row["financial_date"]):  # of what is not invoiced (IC346)
                of_slip, of_invoice = of_invoice, None
            sign = 1 if quantity > 0 else -1
            label = " / ".join(f"{d}={shown(row[d])}" for d in dimensions if shown(row[d]))
            yield Transaction(
                row, key(row["id"]), key(row["item"]), key(label), sign, abs(quantity),
                day(row["physical_date"]), day(row["financial_date"]),
                of_slip, of_invoice, sign * self.amount(row, "prior_adjustment"),
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
    if name.lower().endswith("quantity"):
        return str(whole(value, QUANTITY))
    if name in TEXTS or name in STOCK_TEXTS:
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


def _add_up_stock(rows: Sequence[Row], decimals: int) -> None:
    """Put in what a program that saves no results of formulas left out: the closing figures of *Stock value*."""
    for row in rows:
        for name, places in (("quantity", QUANTITY), ("value", decimals)):
            if row[f"Closing {name}"] is None:
                added = [whole(row[f"{c} {name}"], places) or 0 for c in ("Opening", "Receipts", "Issues")]
                added.append(whole(row["Adjustments"], places) or 0 if name == "value" else 0)
                units = added[0] + added[1] - added[2] + added[3]
                row.values[f"Closing {name}"] = Decimal(units).scaleb(-places, EXACT)


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
        is_same = _last_digest(archive) == digest
        since = "saved again or changed, its last run still the one stated" if is_same else "its last run is another"
        check.faults.append(
            f"{first.cell(headings[2])}: {sha}, but {archive.name} beside this book has {found}: {since}"
        )
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
    return [files, *(check(book) for check in CHECKS), *list_copies(book, place), check_explained(book, place),
            check_explanations(book, place), *check_reconciliation(book, place),
            check_readme(book, place)]  # fmt: skip


def list_copies(book: Book, place: Path) -> list[Check]:
    """Return the checks of the CSV files that have the rows of a sheet."""
    copies = {
        "vouchers.csv": ("Vouchers", RESULTS["Vouchers"], book.results["Vouchers"]),
        "stock_value.csv": (
            "Stock value",
            ",".join(dict.fromkeys((*STOCK.split(","), *STOCK_TEXTS, *IN_TRANSIT))),
            book.results["Stock value"],
        ),
        "lock.csv": ("Lock", RESULTS["Lock"], book.lock),
        "warnings.csv": ("Log", RESULTS["Log"], [r for r in book.results["Log"] if r["Severity"] == "Warning"]),
    }
    return [check_copy(book, place / name, *sheet) for name, sheet in copies.items()]


LEFT_BY_PROGRAMS = re.compile(r"\.~lock\..*#|~\$.*|\.DS_Store|Thumbs\.db|desktop\.ini")
"""what a spreadsheet leaves beside a file while it is open, and a file browser in a folder: nobody added it"""


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
    there = {name: p for name, p in there.items() if name in sums or not LEFT_BY_PROGRAMS.fullmatch(p.name)}
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
    if others := sorted({heading for row in copied for heading, value in row.items() if value} - set(names)):
        check.faults.append(f"{path.name}: {', '.join(others)} is no column of the sheet {sheet}")
    check.figures = f"{_count(len(copied), 'row')}, {len(rows):,} on the sheet {sheet}"
    return check


def largest(book: Book) -> list[Row]:
    """Return the largest adjustments of the latest active close to rows of *Transactions*, the largest first."""
    known = {key(row["id"]) for row in book.inputs["Transactions"]}
    rows = [r for r in book.results["Adjustments"]
            if shown(r["Closing"]) == book.of_stock and key(r["Transaction ID"]) in known]  # fmt: skip
    return sorted(rows, key=lambda r: (-abs(book.amount(r, "Adjustment")), key(r["Transaction ID"]), r["Kind"],
                                       r["Cause"]))[:LARGEST]  # fmt: skip


def check_explained(book: Book, place: Path) -> Check:
    """The explained adjustments are the largest of the latest close; each has its text and its picture."""
    check = Check("largest_adjustments.csv")
    rows = _csv(place / "largest_adjustments.csv", check)
    names = ("Transaction ID", "Item number", "Costing group", "Kind")
    wanted = [(rank, *(shown(r[h]) for h in names), book.amount(r, "Adjustment"))
              for rank, r in enumerate(largest(book), 1)]  # fmt: skip
    found = [(whole(r.get("Rank"), 0), *(r.get(h, "") for h in names), whole(r.get("Adjustment"), book.decimals))
             for r in rows]  # fmt: skip
    if found != wanted:
        check.faults.append(f"largest_adjustments.csv: the largest are {', '.join(str(one[1]) for one in wanted)}")
    for row in rows:
        for name in (row.get("Explanation", ""), row.get("Picture", "")):
            if not name or not (place / name).is_file():
                check.faults.append(
                    f"largest_adjustments.csv: {name or 'no file'} of {row.get('Transaction ID')} is missing"
                )
    together = sum(abs(whole(r.get("Adjustment"), book.decimals) or 0) for r in rows)
    check.figures = f"{_count(len(rows), 'adjustment')}, {_money(together, book.decimals)} together"
    return check


# The reconciliation: its formulas are those below, their results follow from its cells, and its rows are the book's

UNTIL, BEFORE, SINCE = 'EntryDate,"<="&AsOf', 'EntryDate,"<="&FromDate', 'EntryDate,">"&FromDate'
INVOICED, SLIPS = 'EntryKind,"Financial"', 'EntryKind,"Physical"'


def _summed(by: str, *criteria: str, what: str = "EntryAmount", decimals: str = "@d", sign: str = "") -> str:
    """Return the formula that adds up the rows of a key; # is its row, @d and @q stand for decimals."""
    return f"=ROUND({sign}SUMIFS({','.join((what, f'{by},$A#', *criteria))}),{decimals})"


def _valued(by: str) -> dict[str, str]:
    return {
        "Invoiced": _summed(by, UNTIL, INVOICED),
        "Not invoiced": _summed(by, UNTIL, SLIPS),
        "Inventory value": "=[Invoiced]+[Not invoiced]",
    }


def _moved(word: str, sign: str = "") -> str:
    return _summed("EntryItemGroup", SINCE, UNTIL, INVOICED, f'EntryType,"{word}"', sign=sign)


def _aged(letter: str) -> str:
    ages = f'AgeDays,">="&{letter}$3', f'AgeDays,"<="&{letter}$4'
    return _summed("AgeItemGroup", 'AgeState,"In stock"', *ages, what="AgeValue")


def _quantity_by(by: str, *criteria: str) -> str:
    return _summed(by, *criteria, what="EntryQuantity", decimals="@q")


BESIDE = ("Not invoiced", "Issue not settled", "Taken back by the next close")
FORMULAS: dict[str, dict[str, str]] = {
    "By account": _valued("EntryAccount") | {
        "Ledger, undated": _summed("LineAccount", 'LineDate,"="', what="LineAmount"),
        "Ledger, dated": _summed("LineAccount", 'LineDate,"<="&AsOf', what="LineAmount"),
        "General ledger": _summed("LineAccount", 'LineDate,"<="&AsOf', what="LineAmount"),
        "Difference": "=ROUND([General ledger]-[Inventory value],6)",
        "Explained": _summed("GapAccount", what="GapEffect"),
        "Not explained": "=ROUND([Difference]-[Explained],6)",
    },
    "By item group": _valued("EntryItemGroup"),
    "By item": _valued("EntryItem") | {
        "Invoiced quantity": _quantity_by("EntryItem", UNTIL, INVOICED),
        "Average": "=IF([Invoiced quantity]=0,0,ROUND([Invoiced]/[Invoiced quantity],4))",
        "Not invoiced qty": _quantity_by("EntryItem", UNTIL, SLIPS),
    },
    "By costing group": _valued("EntryCosting") | {"Invoiced quantity": _quantity_by("EntryCosting", UNTIL, INVOICED)},
    "Roll-forward": {
        "Opening": _summed("EntryItemGroup", BEFORE),
        "Receipts": _moved("Receipt"), "Issues": _moved("Issue", "-"), "Adjustments": _moved("Adjustment"),
        "Estimates": _moved("Estimate"), "Settled before": _moved("Settled before"),
        "Change of not invoiced": _summed("EntryItemGroup", SINCE, UNTIL, SLIPS),
        "Closing": "=ROUND([Opening]+[Receipts]-[Issues]+[Adjustments]+[Estimates]+[Settled before]"
                   "+[Change of not invoiced],6)",
        "Inventory value": _summed("EntryItemGroup", UNTIL),
        "Check": "=ROUND([Closing]-[Inventory value],6)",
    },
    "Ageing": {
        **{f"@{letter}": _aged(letter) for letter in "CDEFGH"},
        **{word: _summed("AgeItemGroup", f'AgeState,"{word}"', what="AgeValue") for word in BESIDE},
        "Inventory value": f"=ROUND({'+'.join(f'{letter}#' for letter in 'CDEFGHIJK')},6)",
    },
    "Adjustments": {
        "Total": "=ROUND(SUM(B#:<#),@d)",
        "Estimates": '=ROUND(SUMIFS(EntryAmount,EntryClosing,$A#,EntryDate,"<="&AsOf,EntryType,"Estimate"),@d)',
        "*": '=ROUND(SUMIFS(EntryAmount,EntryClosing,$A#,EntryDate,"<="&AsOf,EntryType,"Adjustment",EntryCause,^),@d)',
    },
    "By month": {
        "Total": "=ROUND(SUM(B#:<#),@d)",
        "*": '=ROUND(SUMIFS(EntryAmount,EntryDate,"<="&$A#,EntryModel,^),@d)',
    },
    "Since last close": {
        "Change of quantity": _quantity_by("EntryItem", SINCE, UNTIL, INVOICED),
        "Value then": _summed("EntryItem", BEFORE), "Value now": _summed("EntryItem", UNTIL),
        "Change": "=ROUND([Value now]-[Value then],6)",
        "of it by closings": _summed("EntryItem", SINCE, UNTIL, 'EntryType,"Adjustment"'),
    },
    "Open receipts": {"Days": "=DrawnUp-[Date]"},
    "Entries": {}, "Differences": {}, "Ledger lines": {},
}  # fmt: skip
"""by sheet and heading: [heading] is the cell of this row, ^ that of the own heading, < the column before"""
COPIED = {"Open receipts": ("Quantity", "Value"), "Entries": ("Quantity", "Amount"), "Differences": ("Difference",),
          "Ledger lines": ("Amount",)}  # fmt: skip
"""sheets of rows, and the columns that are added up above the headings"""
NAMED = {
    "Entries": {"EntryDate": "Date", "EntryKind": "Kind", "EntryType": "Type", "EntryCause": "Cause",
                "EntryClosing": "Closing", "EntryModel": "Inventory model", "EntryPosts": "In the ledger",
                "EntryQuantity": "Quantity", "EntryAmount": "Amount", "EntryAccount": "Account no.",
                "EntryItemGroup": "Group no.", "EntryItem": "Item no.", "EntryCosting": "Costing no."},
    "Ledger lines": {"LineDate": "Date", "LineAmount": "Amount", "LineAccount": "Account no."},
    "Differences": {"GapKind": "Kind", "GapEffect": "Difference", "GapAccount": "Account no."},
    "Open receipts": {"AgeDays": "Days", "AgeState": "State", "AgeValue": "Value", "AgeItemGroup": "Group no."},
}  # fmt: skip
"""names of formulas, and the column that each of them stands for, from the first row to the last"""
DATED = {"AsOf": ("Reconciliation", 4), "DrawnUp": ("Reconciliation", 5), "FromDate": ("Roll-forward", 3)}
NUMBERED = {"By account": ("Account no.", ("Inventory account",), ("Account",)),
            "By item group": ("Group no.", ("Item group",), ("Item group",)),
            "By item": ("Item no.", ("Item number",), ("Item number",)),
            "By costing group": ("Costing no.", ("Item number", "Costing group"), ("Item number", "Costing group")),
            "Roll-forward": ("Group no.", ("Item group",), ("Item group",)),
            "Ageing": ("Group no.", ("Item group",), ("Item group",)),
            "Since last close": ("Item no.", ("Item number",), ("Item number",))}  # fmt: skip
"""what a No. stands for: the column of *Entries* with that number, the texts there, and the texts beside the No."""
TOKEN = re.compile(
    r"""\s*("(?:[^"]|"")*"|(?:'[^']+'!)?\$?[A-Z]{1,2}\$?\d+(?::\$?[A-Z]{1,2}\$?\d+)?(?![\w(])|[A-Za-z]+"""
    r"|\d+(?:\.\d+)?|<=|>=|<>|[-+*/&=<>(),])"
)
Area = tuple[str, int, int, int, int]


@dataclass(slots=True)
class Grid:
    """A sheet of the reconciliation: formulas and values by row and column, its headings, and its last row."""

    name: str
    formulas: dict[tuple[int, int], str]
    values: dict[tuple[int, int], Any]
    top: int = 0
    last: int = 0
    columns: dict[str, int] = field(default_factory=dict)

    def find_headings(self, first: str) -> None:
        """Find the row of the headings by the text in its first column, and the last row below it."""
        self.top = next((r for r in range(1, 12) if self.values.get((r, 1)) == first), 0)
        heads = {c: shown(v) for (r, c), v in self.values.items() if r == self.top}
        self.columns = {text: c for c, text in sorted(heads.items(), reverse=True)}
        self.last = self.top
        while self.top and any((self.last + 1, c) in self.values for c in (1, 2, 3)):
            self.last += 1

    def rows(self) -> Iterator[Row]:
        """Return the rows below the headings."""
        places = {h: c - 1 for h, c in self.columns.items()}
        for number in range(self.top + 1, self.last + 1):
            held = {h: self.values.get((number, c)) for h, c in self.columns.items()}
            yield Row(self.name, number, places, held)

    def cell(self, row: int, column: int) -> str:
        """Return the address of a cell."""
        return f"{RECONCILIATION}: {self.name}!{get_column_letter(column)}{row}"


class Reconciliation:
    """The sheets of a reconciliation."""

    def __init__(self, path: Path) -> None:
        """Read formulas and their results."""
        both = [load_workbook(path, read_only=True, data_only=data_only) for data_only in (False, True)]
        self.grids: dict[str, Grid] = {}
        for name in both[0].sheetnames:
            grid = Grid(name, {}, {})
            for workbook, place in zip(both, (grid.formulas, grid.values), strict=True):
                for row, cells in enumerate(workbook[name].iter_rows(values_only=True), 1):
                    place.update({(row, c): value for c, value in enumerate(cells, 1) if value is not None})
            grid.formulas = {at: f for at, f in grid.formulas.items() if isinstance(f, str) and f.startswith("=")}
            firsts = {"By month": "Up to", "Adjustments": "Closing", "Open receipts": "Transaction ID",
                      "Entries": "Date", "Ledger lines": "Date", "Differences": "Kind"}  # fmt: skip
            grid.find_headings(firsts.get(name, "No."))
            self.grids[name] = grid
        self.names = {str(name): str(defined.attr_text) for name, defined in both[0].defined_names.items()}
        self.sums: dict[tuple[str, Area], dict[Any, list[int]]] = {}
        for workbook in both:
            workbook.close()

    def area(self, text: str, here: str) -> Area:
        """Return sheet, first and last row, first and last column of a reference or a name."""
        text = self.names.get(text, text)
        sheet, _, cells = text.rpartition("!")
        left, upper, right, lower = range_boundaries(cells.replace("$", ""))
        return sheet.strip("'") or here, upper, lower, left, right

    def column(self, area: Area) -> list[Any]:
        """Return the values of an area."""
        sheet, upper, lower, left, right = area
        values = self.grids[sheet].values
        return [_plain(values.get((r, c))) for r in range(upper, lower + 1) for c in range(left, right + 1)]

    def find_rows(self, area: Area, criterion: Any) -> set[int]:
        """Return the places in an area that a criterion of SUMIFS or COUNTIF chooses."""
        if ("", area) not in self.sums:
            index: dict[Any, list[int]] = defaultdict(list)
            for place, value in enumerate(self.column(area)):
                index[value.casefold() if isinstance(value, str) else value].append(place)
            self.sums["", area] = index
        index = self.sums["", area]
        sign, rest = re.fullmatch(r"(<=|>=|<>|=|<|>)?(.*)", str(criterion), re.DOTALL).groups()  # type: ignore[union-attr]
        if sign in (None, "="):
            wanted = criterion if isinstance(criterion, Decimal) else rest.casefold()
            if sign == "=" and not rest:
                wanted = None
            return set(index.get(wanted, ()))
        limit = Decimal(rest)
        test: Callable[[Decimal], bool] = {"<=": limit.__ge__, ">=": limit.__le__, "<": limit.__gt__, ">": limit.__lt__,
                                           "<>": limit.__ne__}[sign]  # fmt: skip
        return {place for value, places in index.items() if isinstance(value, Decimal) and test(value)
                for place in places}  # fmt: skip

    def compute(self, formula: str, here: str) -> Any:
        """Return what a formula comes to; raise ValueError or LookupError where it is none of those that are known."""
        return _Formula(self, here, TOKEN.findall(formula[1:])).comparison()


def _plain(value: Any) -> Any:
    """Return a cell as formulas take it: numbers and dates as Decimal, days since 1899-12-30."""
    if isinstance(value, datetime):
        return Decimal((value.date() - date(1899, 12, 30)).days)
    if isinstance(value, bool) or value is None:
        return value
    return Decimal(f"{value:.15g}") if isinstance(value, int | float) else shown(value)


class _Formula:
    """One formula while it is computed: tokens are taken from the left."""

    def __init__(self, book: Reconciliation, here: str, tokens: list[str]) -> None:
        self.book, self.here, self.tokens, self.at = book, here, [*tokens, ""], 0

    def take(self, *wanted: str) -> str:
        """Take the next token where it is one of these; '' where it is not."""
        token = self.tokens[self.at]
        if token not in wanted:
            return ""
        self.at += 1
        return token

    def comparison(self) -> Any:
        """Texts and sums that are compared."""
        left = self.joined()
        while sign := self.take("=", "<", ">", "<=", ">="):
            right = self.joined()
            left = {"=": left == right, "<": left < right, ">": left > right, "<=": left <= right,
                    ">=": left >= right}[sign]  # fmt: skip
        return left

    def joined(self) -> Any:
        """Texts that are joined by &."""
        left = self.sum()
        while self.take("&"):
            left = _as_text(left) + _as_text(self.sum())
        return left

    def sum(self) -> Any:
        """Terms with their signs."""
        left = self.term()
        while sign := self.take("+", "-"):
            right = self.term() or 0
            left = EXACT.add(left or 0, right) if sign == "+" else EXACT.subtract(left or 0, right)
        return left

    def term(self) -> Any:
        """Factors."""
        left = self.factor()
        while sign := self.take("*", "/"):
            right = self.factor()
            if sign == "*":
                left = EXACT.multiply(left, right)
            else:
                left = EXACT.divide(left, right) if right else Decimal("NaN")
        return left

    def factor(self) -> Any:
        """Return a number, a text, a cell, a function, or something in brackets."""
        if self.take("-"):
            return -self.factor()
        if self.take("("):
            inner = self.comparison()
            self.take(")")
            return inner
        token = self.tokens[self.at]
        self.at += 1
        if token.startswith('"'):
            return token[1:-1].replace('""', '"')
        if token[:1].isdigit():
            return Decimal(token)
        if self.take("("):
            return self.function(token)
        values = self.book.column(self.book.area(token, self.here))
        return values[0] if len(values) == 1 else values

    def function(self, name: str) -> Any:
        """Return what a function comes to."""
        if name in ("SUMIFS", "COUNTIF", "COUNTIFS"):
            return self.by_criteria(name)
        arguments = []
        while not self.take(")"):
            arguments.append(self.comparison())
            self.take(",")
        if name == "ROUND":
            if arguments[0] and arguments[0].is_nan():
                return arguments[0]
            return (arguments[0] or Decimal(0)).quantize(Decimal(1).scaleb(-int(arguments[1])), ROUND_HALF_UP, EXACT)
        if name == "IF":
            return arguments[1] if arguments[0] else arguments[2]
        if name == "AND":
            return all(arguments)
        added = arguments[-1] if isinstance(arguments[-1], list) else arguments[-1:]
        if name in ("SUM", "SUBTOTAL"):
            return sum((v for v in added if isinstance(v, Decimal)), Decimal(0))
        raise ValueError(name)

    def by_criteria(self, name: str) -> Any:
        """SUMIFS adds up its first area where all criteria hold; COUNTIF counts."""
        areas, criteria = [], []
        if name == "SUMIFS":
            areas.append(self.area())
        while not self.take(")"):
            areas.append(self.area())
            criteria.append(self.joined())
            self.take(",")
        tested = areas[1:] if name == "SUMIFS" else areas
        chosen = set.intersection(*(self.book.find_rows(a, c) for a, c in zip(tested, criteria, strict=True)))
        if name != "SUMIFS":
            return Decimal(len(chosen))
        values = self.book.column(areas[0])
        return sum((values[p] for p in chosen if isinstance(values[p], Decimal)), Decimal(0))

    def area(self) -> Area:
        """Take a reference or a name."""
        token = self.tokens[self.at]
        self.at += 1
        self.take(",")
        return self.book.area(token, self.here)


def _as_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize(EXACT):f}"
    return "" if value is None else str(value)


def check_reconciliation(book: Book, place: Path) -> list[Check]:
    """Check the formulas of the reconciliation, and the rows that it copied."""
    checks = [Check(f"{RECONCILIATION}, formulas"), Check(RECONCILIATION)]
    try:
        made = Reconciliation(place / RECONCILIATION)
        _check_formulas(made, book.decimals, checks[0])
        _check_copied_rows(book, made, checks[1])
    except Exception as error:  # whatever a damaged file makes openpyxl say, or sheets that are missing
        checks[-1].faults.append(f"{RECONCILIATION}: {type(error).__name__} {error}")
    return checks


def _check_formulas(made: Reconciliation, decimals: int, check: Check) -> None:
    """Every formula of the reconciliation is one that is known, stands where it must, and has the right result."""
    count = 0
    for grid in made.grids.values():
        wanted = _front_formulas(made, grid, decimals) if grid.name == "Reconciliation" else _known(grid, decimals)
        for at in sorted(grid.formulas.keys() | wanted.keys()):
            formula, known = grid.formulas.get(at, ""), wanted.get(at, ())
            count += 1
            if formula not in known:
                must = f"it must be {known[0]}" if known else "no formula belongs here"
                check.faults.append(f"{grid.cell(*at)}: {formula or grid.values.get(at)}, but {must}")
                continue
            try:
                comes = made.compute(formula, grid.name)
            except (ValueError, LookupError, TypeError, ArithmeticError) as error:
                comes = f"no result ({error})"
            if (stands := _plain(grid.values.get(at))) != comes:
                check.faults.append(
                    f"{grid.cell(*at)}: {_as_text(stands) or 'blank'}, but it comes to {_as_text(comes)}"
                )
    check.faults += [f"{RECONCILIATION}: {fault}" for fault in _check_names(made)]
    check.figures = f"{_count(count, 'formula')}, each as it must be, with its result"


def _known(grid: Grid, decimals: int) -> dict[tuple[int, int], tuple[str, ...]]:
    """Return by cell what its formula may be."""
    templates = FORMULAS.get(grid.name, {})
    wanted: dict[tuple[int, int], tuple[str, ...]] = {}
    letters = {h: get_column_letter(c) for h, c in grid.columns.items()}
    for heading, column in grid.columns.items():
        letter = letters[heading]
        template = templates.get(heading) or templates.get(f"@{letter}")
        if template is None and column > 1 and column < grid.columns.get("Total", 0):
            template = templates.get("*")
        if heading == "General ledger" and "Ledger, dated" in grid.columns:
            template = "=[Ledger, undated]+[Ledger, dated]"
        for row in range(grid.top + 1, grid.last + 1) if template and grid.top else ():
            text = re.sub(r"\[([^\]]+)\]", lambda m, row=row: f"{letters.get(m[1], '?')}{row}", str(template))  # type: ignore[misc]
            text = text.replace("<#", f"{get_column_letter(column - 1)}#").replace("^", f"{letter}${grid.top}")
            wanted[row, column] = _decimal(text.replace("#", str(row)), decimals)
        cells = f"{letter}{grid.top + 1}:{letter}{max(grid.last, grid.top + 1)}"
        if heading in COPIED.get(grid.name, ()) and grid.last > grid.top:
            wanted[grid.top - 1, column] = (f"=SUBTOTAL(109,{cells})",)
        elif template and grid.name in NUMBERED and heading != "Average":
            is_quantity = "quantity" in heading or heading.endswith("qty")
            wanted[grid.top - 1, column] = _decimal(f"=ROUND(SUM({cells}),{'@q' if is_quantity else '@d'})", decimals)
    if grid.name == "Ageing":
        for letter, column in zip("CDEFG", range(3, 8), strict=True):
            wanted[grid.top, column] = (f'={letter}3&" to "&{letter}4&" days"',)
        wanted[grid.top, 8] = ('="over "&(H3-1)&" days"',)
    return wanted


def _decimal(text: str, decimals: int) -> tuple[str, ...]:
    """Put the decimals in; those of quantities are as many as the book has."""
    text = text.replace("@d", str(decimals))
    return tuple(text.replace("@q", str(q)) for q in range(QUANTITY + 1)) if "@q" in text else (text,)


def _front_formulas(made: Reconciliation, grid: Grid, decimals: int) -> dict[tuple[int, int], tuple[str, ...]]:
    """Return by cell of the first page what its formula may be."""

    def total(sheet: str, heading: str) -> str:
        of = made.grids.get(sheet) or Grid(sheet, {}, {})
        return f"'{sheet}'!${get_column_letter(of.columns.get(heading, 1))}${of.top - 1}"

    value = total("By account", "Inventory value")
    wanted: dict[tuple[int, int], tuple[str, ...]] = {}
    has_ledger = "General ledger" in made.grids["By account"].columns
    shown_there = ("Inventory value", "General ledger", "Difference") if has_ledger else (
        "Inventory value", "Invoiced", "Not invoiced")  # fmt: skip
    for column, heading in enumerate(shown_there, 2):
        wanted[10, column] = (f"={total('By account', heading)}",)
    said = {f"{sheet} adds up to the inventory value": f"ROUND({total(sheet, heading)}-{value},6)"
            for sheet, heading in
            (("By item group", "Inventory value"), ("By item", "Inventory value"),
             ("By costing group", "Inventory value"), ("Roll-forward", "Closing"),
             ("Ageing", "Inventory value"))}  # fmt: skip
    if has_ledger:
        said["Every difference is explained"] = total("By account", "Not explained")
    for row, (label, formula) in enumerate(said.items(), 14):
        if grid.values.get((row, 2)) == label:
            only_then = label.startswith(("Ageing", "Every"))
            wanted[row, 3] = (f"=IF(AsOf=DrawnUp,{formula},0)" if only_then else f"={formula}",)
            wanted[row, 4] = (f'=IF(C{row}=0,"holds","does not hold")',)
    last = 13 + len(said)
    test = f'COUNTIF(D14:D{last},"holds")={len(said)}'
    wanted[7, 2] = (f'=IF(AND({test},D10=0),"Stock and ledger agree","Stock and ledger differ")',) if has_ledger else (
        f'=IF({test},"All sums agree","Sums differ")',)  # fmt: skip
    row = last + 3
    while has_ledger and grid.values.get((row, 2)) not in (None, "None."):
        wanted[row, 3] = (f"=COUNTIFS(GapKind,B{row})",)
        wanted[row, 4] = (f"=ROUND(SUMIFS(GapEffect,GapKind,B{row}),{decimals})",)
        row += 1
    return wanted


def _check_names(made: Reconciliation) -> Iterator[str]:
    """Say which names do not stand for the column, or the date, that they must."""
    for name, (sheet, row) in DATED.items():
        if made.names.get(name) != f"'{sheet}'!$C${row}":
            yield f"the name {name} is {made.names.get(name)}"
    for sheet, names in NAMED.items():
        grid = made.grids.get(sheet)
        for name, heading in names.items() if grid and grid.last > grid.top else ():
            assert grid is not None
            letter = get_column_letter(grid.columns.get(heading, 1))
            must = f"'{sheet}'!${letter}${grid.top + 1}:${letter}${grid.last}"
            if made.names.get(name) != must:
                yield f"the name {name} is {made.names.get(name)}, but it must be {must}"


def _check_copied_rows(book: Book, made: Reconciliation, check: Check) -> None:
    """Entries and open receipts of the reconciliation are those of the book, and what they add up to is its stock."""
    entries, ages = list(made.grids["Entries"].rows()), list(made.grids["Open receipts"].rows())
    at = day(made.grids["Reconciliation"].values.get((4, 3)))
    summed = any(re.fullmatch(r"\d+ transactions", shown(row["Transaction ID"])) for row in entries)
    _check_sums(book, entries, ages if at == book.ends else None, check)
    if not summed:
        _check_postings(book, entries, check)
        _check_by_runs(book, entries, check)
    _check_dates(book, made, entries, at, check)
    _check_numbers(made, entries, ages, check)
    _check_ledger_lines(book, made, check)
    left = [check.left_out] if check.left_out else []
    left += ["open receipts, which are drawn up for another date"] if at != book.ends else []
    left += ["entries one by one: they are added up by period"] if summed else []
    check.left_out = "; ".join(left)


def _check_sums(book: Book, entries: Sequence[Row], ages: Sequence[Row] | None, check: Check) -> None:
    """By item and costing group, entries up to the closed date come to *Stock value*, and so do open receipts."""
    stock: dict[Pair, Counter[str]] = defaultdict(Counter)
    for row in book.results["Stock value"]:
        for name in ("Closing", "Not invoiced"):
            pair = key(row["Item number"]), key(row["Costing group"])
            stock[pair][f"{name} quantity"] += whole(row[f"{name} quantity"], QUANTITY) or 0
            stock[pair][f"{name} value"] += book.amount(row, f"{name} value")
    if not book.results["Stock value"]:
        check.left_out = "the sums of entries: the version that closed the book wrote no sheet Stock value"
        return
    came: dict[Pair, Counter[str]] = defaultdict(Counter)
    for row in entries:
        if book.ends and (day(row["Date"]) or date.max) <= book.ends:
            pair, name = (key(row["Item number"]), key(row["Costing group"])), (
                "Closing" if row["Kind"] == "Financial" else "Not invoiced")  # fmt: skip
            came[pair][f"{name} quantity"] += whole(row["Quantity"], QUANTITY) or 0
            came[pair][f"{name} value"] += book.amount(row, "Amount")
    held: dict[Pair, Counter[str]] = defaultdict(Counter)
    for row in ages or ():
        pair = key(row["Item number"]), key(row["Costing group"])
        held[pair]["quantity"] += whole(row["Quantity"], QUANTITY) or 0
        held[pair]["value"] += book.amount(row, "Value")
    for pair in sorted(stock.keys() | came.keys() | held.keys()):
        for measure, show in (("quantity", _quantity), ("value", lambda units: _money(units, book.decimals))):
            both = [stock[pair][f"{name} {measure}"] for name in ("Closing", "Not invoiced")]
            for name, must in zip(("Closing", "Not invoiced"), both, strict=True):
                if (comes := came[pair][f"{name} {measure}"]) != must:
                    check.faults.append(f"{RECONCILIATION}: entries of {' '.join(pair)} come to {show(comes)}, "
                                        f"{name} {measure} is {show(must)}")  # fmt: skip
            if ages is not None and held[pair][measure] != sum(both):
                check.faults.append(f"{RECONCILIATION}: open receipts of {' '.join(pair)} come to "
                                    f"{show(held[pair][measure])}, the {measure} is {show(sum(both))}")  # fmt: skip
    total = sum(figures["Closing value"] for figures in stock.values())
    check.figures = (f"{_count(len(entries), 'entry', 'entries')} up to Closing value {_money(total, book.decimals)}"
                     + (f", {_count(len(ages), 'open receipt')}" if ages is not None else ""))  # fmt: skip


Pair = tuple[str, str]
Posting = tuple[str, str, str, date | None, int, int]


def _entry(book: Book, row: Row) -> Posting:
    return (key(row["Transaction ID"]), shown(row["Kind"]), shown(row["Type"]), day(row["Date"]),
            whole(row["Quantity"], QUANTITY) or 0, book.amount(row, "Amount"))  # fmt: skip


def _check_postings(book: Book, entries: Sequence[Row], check: Check) -> None:
    """What no run made is what transactions say: date, quantity and amount of slip and invoice, what was before."""
    wanted: Counter[Posting] = Counter()
    for own in book._transactions():
        word, late = "Receipt" if own.sign > 0 else "Issue", own.financial_date
        slip, invoice = own.sign * (own.physical_amount or 0), own.sign * (own.financial_amount or 0)
        quantity = own.sign * own.quantity
        if own.physical_date and (late is None or own.physical_date < late):
            wanted[own.key, "Physical", word, own.physical_date, quantity, slip] += 1
            wanted[own.key, "Physical", word, late, -quantity, -slip] += late is not None
        if late:
            wanted[own.key, "Financial", word, late, quantity, invoice] += 1
            prior = own.sign * own.prior_adjustment
            wanted[own.key, "Financial", "Adjustment", late, 0, prior] += prior != 0
            before = -own.sign * own.prior_quantity, -own.sign * own.prior_amount
            wanted[own.key, "Financial", "Settled before", late, *before] += before != (0, 0)
    found = Counter(_entry(book, row) for row in entries if not shown(row["Closing"]))
    for posting, count in ((+wanted - found) + (found - +wanted)).items():
        name, kind, word, at, quantity, amount = posting
        where = "no transaction says so" if found[posting] > wanted[posting] else "missing"
        check.faults.append(f"{RECONCILIATION}, Entries: {where}, {count} x: {name}, {kind} {word} {at}, "
                            f"{_quantity(quantity)}, {_money(amount, book.decimals)}")  # fmt: skip


def _check_by_runs(book: Book, entries: Sequence[Row], check: Check) -> None:
    """What a run adjusted or estimated is what its sheets say; what a reversal takes back is the opposite."""
    wanted: Counter[tuple[str, str, str]] = Counter()
    for name, word, amount in (("Adjustments", "Adjustment", "Adjustment"), ("Estimated costs", "Estimate", "Amount")):
        for row in book.results[name]:
            of = key(row["Transaction ID"])
            if of in book.transactions:
                units = book.transactions[of].sign * book.amount(row, amount)
                wanted[of, shown(row["Closing"]), word] += units
                if back := book.undone_by.get(shown(row["Closing"])):
                    wanted[of, back, word] -= units
    found: Counter[tuple[str, str, str]] = Counter()
    for row in entries:
        if closing := shown(row["Closing"]):
            found[key(row["Transaction ID"]), closing, shown(row["Type"])] += book.amount(row, "Amount")
            if row["Quantity"]:
                check.faults.append(
                    f"{RECONCILIATION}, {row.cell('Quantity')}: {row['Quantity']}, but a run moves none"
                )
    for entry in sorted(wanted.keys() | found.keys()):
        name, closing, word = entry
        if (
            wanted[entry] != found[entry]
            and name in book.transactions
            and name not in book.taken_back.keys() | book.joined
        ):
            money = _money(found[entry], book.decimals), _money(wanted[entry], book.decimals)
            check.faults.append(
                f"{RECONCILIATION}, Entries: {word} of {name} by {closing} is {money[0]} instead of {money[1]}"
            )


def _check_dates(book: Book, made: Reconciliation, entries: Sequence[Row], at: date | None, check: Check) -> None:
    """Dates of entries of runs, of the first page, of the roll-forward and of months; limits of ages."""
    undone = {back: closing for closing, back in book.undone_by.items()}
    for row in entries:
        closing = shown(row["Closing"])
        must = book.up_to.get(undone.get(closing, closing))
        if closing and must and day(row["Date"]) != must and not shown(row["Transaction ID"]).endswith("transactions"):
            check.faults.append(f"{RECONCILIATION}, {row.cell('Date')}: {day(row['Date'])}, but {closing} is of {must}")
    front, roll = made.grids["Reconciliation"], made.grids["Roll-forward"]
    closes = [
        book.up_to[c] for c in sorted(book.type) if c in book.active and book.type[c] in ("Closing", "Roll-forward")
    ]
    said = f"Inventory is closed up to {max((d for d in closes if at and d <= at), default='')}."
    if at and closes and closes[0] <= at and front.values.get((3, 2)) != said:
        check.faults.append(f"{front.cell(3, 2)}: {front.values.get((3, 2))}, but the book says {said}")
    if day(front.values.get((5, 3))) != at:
        check.faults.append(f"{front.cell(5, 3)}: {front.values.get((5, 3))}, but all is drawn up for {at}")
    right = {str(at), *(str(d) for d in closes)}
    for grid in made.grids.values():
        for place, text in grid.values.items():
            if place[0] < (grid.top or 7) and isinstance(text, str):
                check.faults += [
                    f"{grid.cell(*place)}: {d}" for d in re.findall(r"\d{4}-\d\d-\d\d", text) if d not in right
                ]
    first = min((day(row["Date"]) or date.max for row in entries), default=at or date.max)
    start = max((d for d in closes if at and d < at), default=first - timedelta(days=1))
    if day(roll.values.get((3, 3))) != start:
        check.faults.append(
            f"{roll.cell(3, 3)}: {day(roll.values.get((3, 3)))}, but the roll-forward begins on {start}"
        )
    months = [day(row["Up to"]) for row in made.grids["By month"].rows()]
    for one, other in zip(months, [*months[1:], at], strict=True):
        ends = one and (one + timedelta(days=1)).day == 1 and other
        if one is None or (one != at and not (ends and other and one < other <= _month_end(one + timedelta(days=1)))):
            check.faults.append(f"{RECONCILIATION}, By month: {one} is followed by {other}")
    ages = made.grids["Ageing"].values
    limits = [(_plain(ages.get((3, c))), _plain(ages.get((4, c)))) for c in range(3, 9)]
    if limits != [(Decimal(a), Decimal(b)) for a, b in BUCKETS]:
        check.faults.append(f"{RECONCILIATION}, Ageing!C3:H4: other limits than {BUCKETS}")
    known = {(t.key, d) for t in book._transactions() for d in (t.physical_date, t.financial_date)}
    for row in made.grids["Open receipts"].rows():
        name = key(row["Transaction ID"])
        if name in book.transactions and (name, day(row["Date"])) not in known:
            check.faults.append(f"{RECONCILIATION}, {row.cell('Date')}: {day(row['Date'])} is no date of {name}")


BUCKETS = ((0, 30), (31, 60), (61, 90), (91, 180), (181, 365), (366, 99_999))


def _month_end(at: date) -> date:
    return (at.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _check_numbers(made: Reconciliation, entries: Sequence[Row], ages: Sequence[Row], check: Check) -> None:
    """A number by which formulas add up stands for the same account, group, item and costing group on every sheet."""
    for sheet, (number, there, beside) in NUMBERED.items():
        labels = {}
        for row in made.grids[sheet].rows():
            if row["No."] in labels:
                check.faults.append(f"{RECONCILIATION}, {row.cell('No.')}: {row['No.']} stands twice")
            labels[row["No."]] = tuple("" if shown(row[h]) == "(none)" else key(row[h]) for h in beside)
        for row in (*entries, *(ages if number == "Group no." else ())):
            names = tuple("" if shown(row[h]) == "(none)" else key(row[h]) for h in there)
            if labels.get(row[number]) != names:
                check.faults.append(
                    f"{RECONCILIATION}, {row.cell(number)}: {row[number]} is not {' '.join(names)} on {sheet}"
                )


def _check_ledger_lines(book: Book, made: Reconciliation, check: Check) -> None:
    """Ledger lines stand on the sheet Ledger; of a difference the three amounts agree."""
    if (grid := made.grids.get("Ledger lines")) and book.inputs["Ledger"]:
        stands = Counter((key(r["account"]), day(r["date"]), book.amount(r, "amount")) for r in book.inputs["Ledger"])
        copied = Counter((key(r["Account"]), day(r["Date"]), book.amount(r, "Amount")) for r in grid.rows())
        accounts = {account for account, *_ in copied}
        missing = Counter({line: count for line, count in stands.items() if line[0] in accounts}) - copied
        for line, count in ((copied - stands) + missing).items():
            said = f"{line[0]}, {line[1]}, {_money(line[2], book.decimals)}"
            check.faults.append(f"{RECONCILIATION}, Ledger lines: not as on the sheet Ledger, {count} x: {said}")
    if grid := made.grids.get("Differences"):
        for row in grid.rows():
            if book.amount(row, "In the ledger") - book.amount(row, "In stock") != book.amount(row, "Difference"):
                check.faults.append(f"{RECONCILIATION}, {row.cell('Difference')}: {row['Difference']}")


# The README and the explanations: every figure in their texts and pictures

LINE = re.compile(r"^( *)(-?[\d,]+(?:\.\d+)?)  (\S.*)$")
NODE = re.compile(
    r"(?:([\d,.]+) of )?([\d,.]+) (\S.*?), (receipt|issue|closing transfer) ([^,]+), (\d{4}-\d\d-\d\d)(.*)"
)
NUMBER = re.compile(r"(?<![\w.,/-])-?\d[\d,]*(?:\.\d+)?(?![\w,/-]|\.\d)")
TEXT = re.compile(r"<text[^>]*>(?:<title>([^<]*)</title>)?([^<]*)</text>")
SUBJECT = re.compile(r"<svg[^>]*>\s*<title>(?:Where the cost of ([^<]*) comes from and where|([^<]*), in bold: )")


def check_readme(book: Book, place: Path) -> Check:
    """The figures of the README are those of the book."""
    check = Check("README.md")
    try:
        text = (place / "README.md").read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        check.faults.append(f"README.md: {error}")
        return check
    row = next((r for r in book.lock if shown(r["Closing"]) == book.of_stock), book.lock[-1])
    closing, stock = shown(row["Closing"]), book.results["Stock value"]
    value = _money(sum(book.amount(r, "Closing value") for r in stock), book.decimals) if stock else "not stated"
    change = _money(
        sum(book.change(r) for r in book.results["Adjustments"] if shown(r["Closing"]) == closing), book.decimals
    )
    digest, unit = shown(book.lock[-1]["Digest"]), "(?: [A-Z]{3})?"
    money = {"value": value, "change": change, "settled": _money(book.amount(row, "Settled amount"), book.decimals)}
    said = {name: re.escape(figure) for name, figure in money.items()}
    for pattern in (
        rf"# {closing}: inventory closed up to {book.ends}",
        rf"\| Inventory value at {book.ends}, invoiced \| {said['value']}{unit} \|",
        rf"\| Change of inventory value by {closing} \| {said['change']}{unit} \|",
        rf"\| Settled amount of {closing} \| {said['settled']}{unit} \|",
        rf"\| Warnings \| {whole(row['Warnings'], 0)} \|",
        rf"The Digest of the last run on the sheet \*Lock\*: `{digest}`",
        rf".*The total above \*Change of inventory value\* is {said['change']}, as on \*Lock\* and above\.",
        rf".*the total above \*Closing value\* is {said['value']}\.",
    ):
        if not re.search(rf"^{pattern}$", text, re.MULTILINE):
            check.faults.append(f"README.md: no line says {pattern.replace(chr(92), '').replace(unit, '')}")
    for found, must in (
        (r"\b[0-9a-f]{64}\b", digest),
        (r"\bIC-\d{6,}\b", closing),
        (r"\b\d{4}-\d\d-\d\d\b", str(book.ends)),
    ):
        check.faults += [f"README.md: {t}, but it must be {must}" for t in re.findall(found, text) if t != must]
    check.figures = f"value {value}, change {change}, {whole(row['Warnings'], 0)} warnings"
    return check


class Known:
    """What may be said of a transaction or of a leg of a closing transfer: its costs, quantities and dates."""

    def __init__(self, book: Book) -> None:
        """Add up what all active runs wrote."""
        self.book = book
        adjusted: Counter[tuple[str, str]] = Counter()
        estimated: Counter[str] = Counter()
        self.steps: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        self.settled: Counter[str] = Counter()
        self.pairs: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        self.linked: Counter[tuple[str, str]] = Counter()
        self.bases = {shown(row["Basis"]) for row in book.results["Estimated costs"]}
        self.single: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.aside = set(book.taken_back) | book.joined | state(book).set_aside
        for row in book.rows("Adjustments"):
            name, amount = key(row["Transaction ID"]), book.amount(row, "Adjustment")
            adjusted[name, shown(row["Kind"])] += amount
            self.steps[name][shown(row["Closing"]), shown(row["Cause"])] += amount
        for row in book.rows("Estimated costs"):
            estimated[key(row["Transaction ID"])] += book.amount(row, "Amount")
        for sheet in ("Settlements", "Value links"):
            for row in book.rows(sheet):
                quantity, amount = whole(row["Quantity"], QUANTITY) or 0, book.amount(row, "Amount")
                sides = key(row["Issue"]), key(row["Receipt"])
                if sheet == "Settlements":
                    self.settled.update(dict.fromkeys(sides, quantity))
                else:
                    self.linked[sides] += quantity
                self.single[sides].append(quantity)
                pair = self.pairs[sides]
                pair[0], pair[1] = pair[0] + quantity, pair[1] + amount
        self.costs: dict[str, set[int]] = {}
        self.posted: dict[str, set[int]] = {}
        self.quantity: dict[str, int] = {}
        self.dates: dict[str, set[date | None]] = {}
        for name, own in book.transactions.items():
            kinds = [k for k, at in (("Financial", own.financial_date), ("Physical", own.physical_date)) if at]
            self.posted[name] = {own.posted(k, estimated[name]) for k in kinds}
            self.costs[name] = {own.posted(k, estimated[name]) + adjusted[name, k] for k in kinds}
            self.quantity[name], self.dates[name] = own.quantity, {own.physical_date, own.financial_date}
            self.settled[name] += own.prior_quantity
        for row in book.rows("Closing transactions"):
            name = key(row["Transaction ID"])
            taken = sum(amount for (issue, _), (_, amount) in self.pairs.items() if issue == name[:-1] + "i")
            self.posted[name], self.costs[name] = {taken}, {taken + adjusted[name, "Financial"]}
            self.quantity[name], self.dates[name] = whole(row["Quantity"], QUANTITY) or 0, {day(row["Date"])}

    def may_take(self, one: str, other: str, quantity: int | None) -> bool:
        """Whether two transactions settle a quantity with each other; True where they settle nothing."""
        settled = self.single.get((one, other), []) + self.single.get((other, one), [])
        return not settled or quantity in {*settled, sum(settled)}

    def rests(self, name: str) -> set[int]:
        """Return quantities of a transaction: all, what nothing settled, that less what is linked, what was before."""
        linked = sum(quantity for pair, quantity in self.linked.items() if name in pair)
        rest = self.quantity.get(name, 0) - self.settled[name]
        known = self.book.transactions.get(name)
        return {self.quantity.get(name, 0), rest, rest - linked, known.prior_quantity if known else 0}

    def flowing(self, source: str, target: str) -> set[int]:
        """Return what may go from one transaction to another: what was settled, or all of a cost that is passed on."""
        if (target, source) in self.pairs:
            return {self.pairs[target, source][1]} | self.costs[source]
        return self.costs.get(source, set()) | self.costs.get(target, set())


def check_explanations(book: Book, place: Path) -> Check:
    """Every figure of the explanations is the book's, or adds up to one that is."""
    check, known = Check("explanations"), Known(book)
    figures = 0
    for row in _csv(place / "largest_adjustments.csv", check):
        name = key(row.get("Transaction ID"))
        files = row.get("Explanation", ""), row.get("Picture", "")
        found: tuple[list[str], list[str]] = [], []
        try:
            text, picture = ((place / file).read_text("utf-8") for file in files)
            figures += _check_text(known, name, text, found[0].append)
            figures += _check_picture(known, name, picture, text, found[1].append)
        except (OSError, ValueError) as error:
            check.faults.append(f"{' or '.join(files)}: {error}")
        check.faults += [f"{file}: {fault}" for file, faults in zip(files, found, strict=True) for fault in faults]
    check.figures = f"{_count(figures, 'figure')} in texts and pictures"
    return check


Say = Callable[[str], None]


def _units(book: Book, text: str) -> int:
    return whole(text.replace(",", ""), book.decimals) or 0


def _check_text(known: Known, name: str, text: str, say: Say) -> int:
    """Facts and steps lead from the posted cost to the cost; the parts of every cost add up to it."""
    book, sections = known.book, re.split(r"\n\n(?=\S)", text)
    title = re.match(
        r"(Issue|Receipt|Closing transfer) (.+?): ([\d,.]+) of (.+?)(?: \((.*?)\))?, (\d{4}-\d\d-\d\d)", text
    )
    cost = re.search(r"^  Cost +(-?[\d,.]+)", text, re.MULTILINE)
    steps = re.findall(r"^  (\S.*?) {2,}(-?[\d,.]+)  (IC-\d+), R", text, re.MULTILINE)
    posted = re.search(r"^  (?:Posted cost|Estimated cost|Cost of its issue leg) +(-?[\d,.]+)$", text, re.MULTILINE)
    of_all = re.search(r"^  Settled: +([\d,.]+) of ([\d,.]+)$", text, re.MULTILINE)
    if not (title and cost and posted and of_all) or name not in known.quantity:
        say("it lacks its head")
        return 0
    if key(title[2]) != name:
        say(f"it explains {title[2]}")
    has = known.quantity[name]
    if [whole(x.replace(",", ""), QUANTITY) for x in (title[3], of_all[2], of_all[1])] != [
        has,
        has,
        known.settled[name],
    ]:
        say(f"{title[3]}, settled {of_all[0].split(':')[1].strip()}: it has {_quantity(has)}, "
            f"of it settled {_quantity(known.settled[name])}")  # fmt: skip
    if date.fromisoformat(title[6]) not in known.dates[name]:
        say(f"{title[6]} is no date of {title[2]}")
    begins, comes = _units(book, posted[1]), _units(book, cost[1])
    if name not in known.aside:
        if begins not in known.posted[name] or comes not in known.costs[name]:
            say(f"posted cost {posted[1]}, cost {cost[1]}: the book says otherwise")
        made = Counter[tuple[str, str]]()
        for cause, amount, closing in steps:
            made[closing, cause] += _units(book, amount)
        if any(made[step] != known.steps[name][step] for step in made):
            say("its adjustments are not those of the book")
    if begins + sum(_units(book, amount) for _, amount, _ in steps) != comes:
        say(f"posted cost and adjustments do not come to {cost[1]}")
    figures = 5 + len(steps)
    basis = re.search(r"^  Estimated: +(.*)$", text, re.MULTILINE)
    for words in ([basis[1]] if basis else []) + re.findall(
        r"estimated cost, no receipt covers it \((.*?)\)(?: \(R8\.1.*)?$", text, re.MULTILINE
    ):
        if words not in known.bases:
            say(f"{words}: the sheet Estimated costs does not say so")
    for section in sections[1:]:
        heading, *lines = section.splitlines()
        if heading in ("It comes from", "It went to"):
            figures += _check_tree(known, name, heading, lines, {comes}, say)
        elif heading.startswith("In the end"):
            found = [LINE.match(line) for line in lines]
            amounts = [_units(book, m[2]) for m in found if m]
            total = _units(book, lines[-1].strip()) if lines else 0
            figures += len(amounts) + 1
            if sum(amounts) != total or total != comes:
                say(f"{heading}: the lines come to {_money(sum(amounts), book.decimals)}")
            for line in found:
                _check_date(known, line[3] if line else "", say)
    return figures


def _check_date(known: Known, text: str, say: Say) -> None:
    """A line that begins with a transaction and a date has a date of it."""
    match = re.match(r"([^,]+), (\d{4}-\d\d-\d\d), ", text)
    if match and key(match[1]) in known.dates and date.fromisoformat(match[2]) not in known.dates[key(match[1])]:
        say(f"{match[2]} is no date of {match[1]}")


def _check_tree(known: Known, subject: str, heading: str, lines: Sequence[str], cost: set[int], say: Say) -> int:
    """The lines below a line add up to its cost; costs, quantities and dates are those of the transactions named."""
    book = known.book
    open_lines: list[tuple[int, set[int], str, list[int], list[bool]]] = [(-1, cost, heading, [], [])]
    figures = 0

    def finish(level: int) -> None:
        while open_lines and open_lines[-1][0] >= level:
            _, wanted, text, parts, cut = open_lines.pop()
            if parts and not cut and sum(parts) not in wanted:
                say(f"{text}: its parts come to {_money(sum(parts), book.decimals)}")

    for line in lines:
        match = LINE.match(line)
        if match is None:
            level = len(line) - len(line.lstrip())
            finish(level + 14)
            open_lines[-1][4].append(True)
            continue
        level, amount = match.start(3) - max(0, len(match[2]) - 12), _units(book, match[2])
        finish(level)
        open_lines[-1][3].append(amount)
        wanted = {amount} | _check_node(known, match[3], say)
        part = re.match(r"([\d,.]+): ", match[3])
        of = NODE.match(open_lines[-1][2].partition("  ")[2])
        if part and whole(part[1].replace(",", ""), QUANTITY) not in known.rests(key(of[5]) if of else subject):
            say(f"{match[3]}: no receipt lacks so much")
        taken, above = NODE.match(match[3]), key(of[5]) if of else subject
        if taken and taken[1] and not known.may_take(above, key(taken[5]), whole(taken[1].replace(",", ""), QUANTITY)):
            say(f"{taken[1]} of {taken[5]}: the book settles another quantity")
        open_lines.append((level, wanted, line.strip(), [], []))
        figures += 1 + len(NUMBER.findall(match[3]))
    finish(-1)
    return figures


def _check_node(known: Known, text: str, say: Say) -> set[int]:
    """Return what the transaction of a line may cost; say where its quantity, its date or its cost is another."""
    node = NODE.match(text)
    if node is None or key(node[5]) not in known.quantity:
        return set()
    name, at = key(node[5]), re.match(r".*?, at (-?[\d,]+(?:\.\d+)?)", node[7])
    if whole(node[2].replace(",", ""), QUANTITY) != known.quantity[name]:
        say(f"{node[2]} {node[3]}, {node[4]} {node[5]}: it has {_quantity(known.quantity[name])}")
    if date.fromisoformat(node[6]) not in known.dates[name]:
        say(f"{node[6]} is no date of {node[5]}")
    if at and _units(known.book, at[1]) not in known.costs[name] and name not in known.aside:
        say(f"{node[5]} at {at[1]}: its cost is another")
    return known.costs[name] if name not in known.aside else {_units(known.book, at[1])} if at else set()


def _check_picture(known: Known, name: str, picture: str, said: str, say: Say) -> int:
    """What stands at a transaction is its quantity, its cost, what that was; at arrows what the book or the text has.

    The words under the mouse say of which transaction a text is, or from which to which an arrow leads.
    """
    book, figures = known.book, 0
    subject = SUBJECT.search(picture)
    whose = html.unescape(subject[1] or subject[2]) if subject else "none"
    if key(whose) != name:
        say(f"it is the picture of {whose}")
    texts = [(html.unescape(m[2]), html.unescape(m[1] or "")) for m in TEXT.finditer(picture)]
    ends = {tip: tuple(map(key, tip.split(" → "))) for _, tip in texts if " → " in tip}
    tips = {tip: key(tip.split(", ")[0]) for _, tip in texts if tip and tip not in ends}
    arriving: Counter[str] = Counter()
    for text, tip in texts:
        if tip in ends:
            arriving[ends[tip][-1]] += _units(book, text)
    axis = [text for text, tip in texts if not tip and re.fullmatch(r"\d{4}-\d\d-\d\d", text)]
    if axis and axis != sorted({tip.split(", ")[1] for tip in tips}):
        say(f"the dates below it are {', '.join(axis)}")
    may = set(axis) | {f"{closing}  {until}" for closing, until in book.up_to.items()}
    for text, tip in texts:
        if not re.search(r"\d", text) or (tip and text in tip.replace("  ", " ")):
            continue
        figures += 1
        if tip in ends:
            source, target = ends[tip]
            right = _units(book, text) in known.flowing(source, target) or text in NUMBER.findall(said)
            right = text in {_quantity(q) for q in known.single.get((target, source), ())} if axis else right
        elif tip:
            right = _is_right(known, tips[tip], arriving, text)
        else:
            right = text in may or "more transactions" in text or text in picture.partition("</title>")[0]
        if not right:
            say(f"{text}: no figure of {tip or 'what is drawn'}")
    return figures


def _is_right(known: Known, name: str, arriving: Counter[str], text: str) -> bool:
    """Whether a text at a transaction says its quantity, cost or date, what that was or what no arrow brings."""
    if (
        name not in known.quantity
        or name in known.aside
        or re.search(r"[^\d\s.,():-]", re.sub(r"\b(at|was|of it|of its own)\b", "", text))
    ):
        return True  # a name, cut to its room, an item or a costing group
    if text.startswith("of it "):
        return _units(known.book, text.split()[2]) in {cost - arriving[name] for cost in known.costs[name]}
    may = {_quantity(known.quantity[name]), *(str(at) for at in known.dates[name])}
    may |= {_money(units, known.book.decimals) for units in known.costs[name] | known.posted[name]}
    return all(number in may for number in re.findall(r"\d{4}-\d\d-\d\d|-?\d[\d,]*(?:\.\d+)?", text))


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
