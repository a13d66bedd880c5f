"""Single cells, read as what their column holds."""

from decimal import Decimal

from invclose_xl.workbook.cells.cells import NUMBER
from invclose_xl.workbook.cells.number_formats import DATE
from invclose_xl.workbook.values.numbers import read_number
from invclose_xl.workbook.values.values import Cell, Fault, Locale, read_id


def test_a_number_in_a_cell_with_a_date_format_is_that_number() -> None:
    """RULES R10.2: formatting changes nothing; 10 shown as 1900-01-10 is 10. Days near our own are taken for dates."""
    ten = Cell(NUMBER, 10.0, "", DATE)
    assert read_number(ten, Locale()) == Decimal(10)
    assert read_id(ten, Locale()) == "10"
    day = read_number(Cell(NUMBER, 46054.0, "", DATE), Locale())
    assert isinstance(day, Fault)
    assert day.code == "IC113"
