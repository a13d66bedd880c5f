"""Buttons for a workbook that somebody has already: everything of theirs stays, ours works, and goes out again."""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

pytest.importorskip("pyopenvba", reason="VBA projects are written with pyOpenVBA")
pytest.importorskip("xlwings", reason="the template holds the VBA module of xlwings")

from oletools.olevba import VBA_Parser
from pyopenvba import ExcelFile

from invclose_xl.attach.attach import attach
from invclose_xl.attach.detach import detach
from invclose_xl.cli.main import main
from invclose_xl.domain.problems.problem import BookUnusable, WrongUsage
from invclose_xl.template_builder.build import MACRO_TYPE, PLAIN_TYPE, new_book
from invclose_xl.template_builder.start import BUTTONS, START
from tests.books import Book
from tests.tools.validator import new_complaints

ROOT = Path(__file__).parent.parent.parent
JANUARY = ROOT / "examples" / "january.xlsx"
CORPUS = Path(os.environ.get("INVCLOSE_XL_CORPUS", ROOT.parent / "shared" / "corpus"))
NOW = datetime(2026, 2, 2, 8, 15, tzinfo=UTC)
TODAY = date(2026, 2, 2)
OURS = {"InvCloseXL", "xlwings", "Dictionary", "LibreOffice"}
FRAME = {"[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/workbook.xml", "xl/styles.xml"}
WITH_MACROS = sorted(
    path
    for path in (CORPUS.glob("*.xlsm") if CORPUS.is_dir() else ())
    if zipfile.is_zipfile(path) and any("vbaproject.bin" in name.lower() for name in zipfile.ZipFile(path).namelist())
)
BLOCKS = 16
REFUSED_FOR = ("is locked with a password", "is digitally signed", "is protected")
"""what the corpus has and attach refuses"""


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist() if not name.endswith("/")}


def modules(path: Path) -> dict[str, str]:
    """What olevba, which shares nothing with the writer, reads of the VBA project."""
    parser = VBA_Parser(str(path))
    try:
        return {name.rpartition(".")[0]: str(code) for _, _, name, code in parser.extract_macros() if name}
    finally:
        parser.close()


@pytest.fixture(scope="module")
def attached(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("attached") / "january.xlsm"
    assert main(["attach", str(JANUARY), "--output", str(path)], NOW) == 0
    return path


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.xlsm"
    new_book(path, TODAY, with_examples=False)
    return path


def test_everything_of_theirs_keeps_its_bytes(attached: Path) -> None:
    before, after = parts(JANUARY), parts(attached)
    assert {name for name in before if before[name] != after.get(name)} == FRAME
    assert openpyxl.load_workbook(attached).sheetnames[:8] == openpyxl.load_workbook(JANUARY).sheetnames


@pytest.mark.long
def test_missing_sheets_stand_as_in_the_template(attached: Path, template: Path) -> None:
    ours, there = openpyxl.load_workbook(template), openpyxl.load_workbook(attached)
    added = [name for name in there.sheetnames if name not in openpyxl.load_workbook(JANUARY).sheetnames]
    assert added == [name for name in ours.sheetnames if name in added]
    assert {START, "References", "Cost adjustments", "Lock", "Log"} <= set(added)
    compared = 0
    for name in added:
        for row in ours[name].iter_rows():
            for cell in row:
                here = there[name][cell.coordinate]
                assert cell.value == here.value or "Transactions!" in str(cell.value)
                for look in ("font", "fill", "border", "alignment", "number_format"):
                    assert repr(getattr(cell, look)) == repr(getattr(here, look)), (name, cell.coordinate, look)
                compared += 1
        assert [(r.sqref, r.formula1) for r in ours[name].data_validations.dataValidation] == [
            (r.sqref, r.formula1) for r in there[name].data_validations.dataValidation
        ]
        assert {t.ref for t in ours[name].tables.values()} == {t.ref for t in there[name].tables.values()}
        notes = [
            {c.coordinate: c.comment.text for r in b[name].iter_rows() for c in r if c.comment} for b in (ours, there)
        ]
        assert notes[0] == notes[1]
    assert compared > 300
    assert there.defined_names["ClosedDate"].attr_text == "'Lock'!$C$1"
    assert "ItemNumbers" not in there.defined_names, "their sheet Items has columns of its own"


def test_the_buttons_are_there_and_start_speaks_of_their_columns(attached: Path) -> None:
    drawings = "".join(body.decode() for name, body in parts(attached).items() if name.endswith(".vml"))
    assert [button.macro for button in BUTTONS if f"[0]!{button.macro}<" not in drawings] == []
    start = openpyxl.load_workbook(attached)[START]
    text = "".join(str(cell.value) for row in start.iter_rows() for cell in row)
    assert "Transactions!$G$2:$G$100000" in text, "their financial date"
    assert "Transactions!$H$2" not in text, "the template's"


def test_olevba_lists_our_modules(attached: Path) -> None:
    assert set(modules(attached)) == OURS | {"ThisWorkbook"}


def test_the_attached_book_closes_and_is_itself_again(tmp_path: Path, attached: Path) -> None:
    book = Path(shutil.copy(attached, tmp_path / "book.xlsm"))
    assert main([str(book), "--no-backup"], NOW, "controller") == 0
    assert main(["verify", str(book)]) == 0
    assert set(modules(book)) == OURS | {"ThisWorkbook"}
    plain = tmp_path / "plain.xlsx"
    assert main(["detach", str(book), "--output", str(plain)], NOW) == 0
    assert START not in openpyxl.load_workbook(plain).sheetnames
    assert "Settlements" in openpyxl.load_workbook(plain).sheetnames, "what a close wrote stays"
    assert main(["verify", str(plain)]) == 0


def test_detach_gives_back_every_byte_of_the_other_parts(
    tmp_path: Path, attached: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = tmp_path / "plain.xlsx"
    assert main(["detach", str(attached), "--output", str(plain), "--json"], NOW) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["kept"] == []
    before, after = parts(JANUARY), parts(plain)
    assert after.keys() == before.keys()
    assert {name for name in before if before[name] != after[name]} <= {"xl/workbook.xml", "xl/styles.xml"}
    assert "Attached" not in after["xl/workbook.xml"].decode()


def test_a_sheet_with_entries_stays(tmp_path: Path, attached: Path) -> None:
    book = tmp_path / "book.xlsm"
    workbook = openpyxl.load_workbook(attached, keep_vba=True)
    workbook["References"]["A2"] = "Verkauf"
    workbook.save(book)
    done = detach(book, tmp_path / "plain.xlsx")
    assert done.kept == ("References",)
    assert openpyxl.load_workbook(tmp_path / "plain.xlsx")["References"]["A2"].value == "Verkauf"


def small(path: Path) -> Path:
    book = Book()
    book.receive("P1", date(2026, 1, 5), 2, "10.00")
    return book.write(path)


def with_module(path: Path, name: str, text: str) -> Path:
    """A workbook with a VBA project of its own."""
    with zipfile.ZipFile(path, "w") as file:
        for part, body in parts(small(path.with_suffix(".xlsx"))).items():
            file.writestr(part, body.replace(PLAIN_TYPE, MACRO_TYPE))
    with ExcelFile(path) as file:
        file.add_vba_project()
        file.vba_project().add_module(name, text)
        file.save()
    return path


def test_macros_of_their_own_stay(tmp_path: Path) -> None:
    text = "Option Explicit\r\n\r\nPublic Sub Mine()\r\n    Debug.Print 1\r\nEnd Sub\r\n"
    book = with_module(tmp_path / "mine.xlsm", "Mine1", text)
    before = modules(book)
    done = attach(book, tmp_path / "both.xlsm", TODAY)
    assert done.has_own_macros
    both = modules(tmp_path / "both.xlsm")
    assert set(both) == set(before) | OURS
    assert {name: both[name] for name in before} == before
    detach(tmp_path / "both.xlsm", tmp_path / "again.xlsm")
    assert modules(tmp_path / "again.xlsm") == before
    with pytest.raises(WrongUsage):
        detach(tmp_path / "both.xlsm", tmp_path / "again.xlsx")


def spoilt(path: Path) -> Iterator[tuple[Path, str]]:
    """Workbooks that attach refuses, and the name that it must say."""
    yield with_module(path / "a.xlsm", "invclosexl", "Option Explicit\r\n"), "the module invclosexl"
    yield (
        with_module(path / "b.xlsm", "Theirs", "Sub CloseInventory()\r\nEnd Sub\r\n"),
        "the procedure CloseInventory in Theirs",
    )
    for name, sheet in (("c.xlsx", "Start"), ("d.xlsx", "Vouchers")):
        workbook = openpyxl.load_workbook(small(path / name))
        workbook.create_sheet(sheet)["A1"] = "theirs"
        workbook.save(path / name)
        yield path / name, f"a sheet called {sheet} of its own"
    workbook = openpyxl.load_workbook(small(path / "e.xlsx"))
    workbook.defined_names["ExplainedID"] = openpyxl.workbook.defined_name.DefinedName("ExplainedID", attr_text="1")
    workbook.save(path / "e.xlsx")
    yield path / "e.xlsx", "a defined name ExplainedID of its own"
    workbook = openpyxl.load_workbook(small(path / "f.xlsx"))
    workbook.security = openpyxl.workbook.protection.WorkbookProtection(lockStructure=True)
    workbook.save(path / "f.xlsx")
    yield path / "f.xlsx", "protected"


def test_what_collides_is_refused_by_name(tmp_path: Path) -> None:
    for book, said in spoilt(tmp_path):
        before = book.read_bytes()
        with pytest.raises(BookUnusable, match=said):
            attach(book, tmp_path / "out.xlsm", TODAY)
        assert not (tmp_path / "out.xlsm").exists()
        assert book.read_bytes() == before


def test_endings_and_twice(tmp_path: Path, attached: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["attach", str(JANUARY), "--output", str(tmp_path / "out.xlsx")], NOW) == 2
    assert main(["attach", str(attached), "--output", str(tmp_path / "out.xlsm")], NOW) == 5
    assert "take them out with detach first" in capsys.readouterr().err
    assert main(["detach", str(JANUARY), "--output", str(tmp_path / "out.xlsx")], NOW) == 5
    assert "nothing that attach put in" in capsys.readouterr().err


def test_the_validator_has_nothing_new_to_say(attached: Path) -> None:
    assert new_complaints(attached, JANUARY) == []


SIGNATURES = {
    "vbaProjectSignature": "http://schemas.microsoft.com/office/2006/relationships/vbaProjectSignature",
    "vbaProjectSignatureAgile": "http://schemas.microsoft.com/office/2014/relationships/vbaProjectSignatureAgile",
    "vbaProjectSignatureV3": "http://schemas.microsoft.com/office/2020/07/relationships/vbaProjectSignatureV3",
}
"""part of the package, relationship: what Excel writes of them depends on its version"""


def signed(path: Path) -> Path:
    """A workbook whose VBA project Excel signed in all three ways; what is in a signature does not matter."""
    plain = parts(with_module(path, "Mine1", "Option Explicit\r\n"))
    relations = "".join(
        f'<Relationship Id="rId{k}" Type="{kind}" Target="{name}.bin"/>'
        for k, (name, kind) in enumerate(SIGNATURES.items(), 1)
    )
    with zipfile.ZipFile(path, "w") as file:
        for name, body in plain.items():
            file.writestr(name, body)
        for name in SIGNATURES:
            file.writestr(f"xl/{name}.bin", b"signed")
        space = "http://schemas.openxmlformats.org/package/2006/relationships"
        text = f'<Relationships xmlns="{space}">{relations}</Relationships>'
        file.writestr("xl/_rels/vbaProject.bin.rels", text)
    return path


def test_a_signed_project_is_refused_unless_its_signature_may_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, both = signed(tmp_path / "signed.xlsm"), tmp_path / "both.xlsm"
    before, own = book.read_bytes(), modules(book)
    command = ["attach", str(book), "--output", str(both)]
    assert main(command, NOW) == 5
    assert "The VBA project of signed.xlsm is digitally signed" in capsys.readouterr().err
    assert not both.exists()
    assert main([*command, "--drop-signature"], NOW) == 0
    assert book.read_bytes() == before
    left = parts(both)
    assert [name for name in left if "ignature" in name] == []
    assert not any(b"ignature" in body for name, body in left.items() if name.endswith((".rels", "Types].xml")))
    assert modules(both).items() > own.items()


def refusal(book: Path, both: Path) -> str:
    """Attach; return why it was refused, '' where it was not."""
    try:
        attach(book, both, TODAY, force=True)
    except BookUnusable as refused:
        return str(refused)
    return ""


def there_and_back(book: Path, folder: Path) -> None:
    """Attach and detach a workbook of the corpus: nothing is lost, or it is refused for a stated reason."""
    both, again = folder / "both.xlsm", folder / "again.xlsm"
    if reason := refusal(book, both):
        assert any(known in reason for known in REFUSED_FOR)
        if "digitally signed" not in reason:
            return
        attach(book, both, TODAY, drop_signature=True, force=True)
        assert not any("ignature" in name for name in parts(both))
        assert set(modules(both)) == set(modules(book)) | OURS
        return
    before, between = parts(book), parts(both)
    project = {name for name in before if name.lower().endswith("vbaproject.bin")}
    assert {name for name in before if before[name] != between.get(name)} <= FRAME | project
    listed = modules(book)
    assert set(modules(both)) == set(listed) | OURS
    assert {name: code for name, code in modules(both).items() if name in listed} == listed
    assert detach(both, again, force=True).kept == ()
    after = parts(again)
    assert after.keys() == before.keys()
    assert {name for name in before if before[name] != after[name]} <= FRAME | project
    assert modules(again) == listed


@pytest.mark.skipif(not WITH_MACROS, reason="the corpus ../shared/corpus is not beside this checkout")
@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.sampled(9)
def test_real_workbooks_with_macros(block: int, tmp_path: Path) -> None:
    assert WITH_MACROS[block::BLOCKS]
    for book in WITH_MACROS[block::BLOCKS]:
        there_and_back(book, tmp_path)


@pytest.mark.long
@pytest.mark.skipif(not WITH_MACROS, reason="the corpus ../shared/corpus is not beside this checkout")
@pytest.mark.parametrize("block", range(4))
def test_the_validator_has_nothing_new_to_say_of_real_workbooks(block: int, tmp_path: Path) -> None:
    both, found = tmp_path / "both.xlsm", {}
    for book in WITH_MACROS[block::4]:
        if refusal(book, both) == "" and (new := new_complaints(both, book)):
            found[book.name] = new
    assert found == {}
