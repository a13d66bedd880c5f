"""Numbers and dates given as text, as other systems write them: what the declared settings allow, nothing else."""

from datetime import date
from decimal import Decimal

import pytest

from invclose_xl.domain.days import to_day_number
from invclose_xl.workbook.cells.cells import ISO_DATE, NUMBER, TEXT
from invclose_xl.workbook.cells.number_formats import DATE, PLAIN, TIME
from invclose_xl.workbook.values.dates import EMPTY_DATE, read_date
from invclose_xl.workbook.values.numbers import read_number
from invclose_xl.workbook.values.values import Cell, Fault, Locale

COMMA, POINT = Locale(decimal_separator=","), Locale(decimal_separator=".")
NARROW, FIXED = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("text", "locale", "value"),
    [
        ("1234.56", Locale(), "1234.56"),
        ("-1234.5", Locale(), "-1234.5"),
        ("10.00", Locale(), "10.00"),
        ("10.0000", Locale(), "10.0000"),
        ("10.000", COMMA, "10000"),
        ("10.000", POINT, "10.000"),
        ("1.234,56", COMMA, "1234.56"),
        ("1,234.56", POINT, "1234.56"),
        ("1,234,567", POINT, "1234567"),
        ("1'234.50", POINT, "1234.50"),
        ("1\u2019234.50", POINT, "1234.50"),
        ("1 234,5", COMMA, "1234.5"),
        (f"1{FIXED}234{FIXED}567,5", COMMA, "1234567.5"),
        (f"1{NARROW}234,5", COMMA, "1234.5"),
        ("1234,5", COMMA, "1234.5"),
        (",5", COMMA, "0.5"),
        ("1.234,56-", COMMA, "-1234.56"),
        ("12- ", COMMA, "-12"),
        ("\u221212,5", COMMA, "-12.5"),
        ("(1,234.56)", POINT, "-1234.56"),
        ("( 12 )", POINT, "-12"),
        ("+5", POINT, "5"),
        ("€ 1.234,56", COMMA, "1234.56"),
        ("1.234,56 €", COMMA, "1234.56"),
        ("1.234,56 EUR", COMMA, "1234.56"),
        ("EUR 1.234,56-", COMMA, "-1234.56"),
        ("-€5", COMMA, "-5"),
        ("€-5", COMMA, "-5"),
        ("CHF 1'234.50", POINT, "1234.50"),
        ("($1,234.56)", POINT, "-1234.56"),
        ("(1,234.56) USD", POINT, "-1234.56"),
        ("$1,234", Locale(decimal_separator=".", currency="USD"), "1234"),
        ("5 eur", Locale(decimal_separator=",", currency="eur"), "5"),
    ],
)
def test_numbers_as_people_write_them(text: str, locale: Locale, value: str) -> None:
    assert read_number(Cell(TEXT, 0.0, text), locale) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "locale", "code"),
    [
        ("10.000", Locale(), "IC147"),
        ("-1.234", Locale(), "IC147"),
        ("1,5", Locale(), "IC105"),
        ("1.234.567", Locale(), "IC105"),
        ("12-", Locale(), "IC105"),
        ("(12)", Locale(), "IC105"),
        ("€ 5", Locale(), "IC105"),
        ("1e3", Locale(), "IC105"),
        ("1.23,4", COMMA, "IC105"),
        ("1,234.56", COMMA, "IC105"),
        ("1234.56", COMMA, "IC105"),
        ("1.234'567", COMMA, "IC105"),
        ("1,2,3", POINT, "IC105"),
        ("12.345.6", COMMA, "IC105"),
        ("--5", COMMA, "IC105"),
        ("-(5)", COMMA, "IC105"),
        ("(5", COMMA, "IC105"),
        ("5 pcs", COMMA, "IC105"),
        ("5 kg", COMMA, "IC105"),
        ("EUR 5 EUR", COMMA, "IC105"),
        ("EUR", COMMA, "IC105"),
        ("-", COMMA, "IC105"),
        ("5,", COMMA, "IC105"),
        ("\u0661\u0662", COMMA, "IC105"),
        ("$5", Locale(decimal_separator=",", currency="EUR"), "IC148"),
        ("5 USD", Locale(decimal_separator=",", currency="EUR"), "IC148"),
        ("1" + "0" * 18, POINT, "IC116"),
        ("9" * 400, Locale(), "IC116"),
    ],
)
def test_what_is_no_number_is_never_guessed(text: str, locale: Locale, code: str) -> None:
    fault = read_number(Cell(TEXT, 0.0, text), locale)
    assert isinstance(fault, Fault)
    assert fault.code == code


def test_a_quantity_carries_no_currency() -> None:
    assert isinstance(read_number(Cell(TEXT, 0.0, "5 EUR"), COMMA, is_money=False), Fault)


def test_the_advice_about_numbers_follows_the_declared_separator() -> None:
    for locale, example in ((Locale(), "1234.56"), (POINT, "1234.56"), (COMMA, "1234,56")):
        fault = read_number(Cell(TEXT, 0.0, "many"), locale)
        assert isinstance(fault, Fault)
        assert f"text such as {example}" in fault.fix
        assert read_number(Cell(TEXT, 0.0, example), locale) == Decimal("1234.56")


DMY, MDY, YMD = (Locale(date_order=order) for order in ("DMY", "MDY", "YMD"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "locale", "day"),
    [
        ("2026-01-31", Locale(), date(2026, 1, 31)),
        ("2026-01-31T00:00:00Z", Locale(), date(2026, 1, 31)),
        ("2026-01-31 00:00:00.000", Locale(), date(2026, 1, 31)),
        ("2026-01-31 12:00:00 AM", Locale(), date(2026, 1, 31)),
        ("31.01.2026", DMY, date(2026, 1, 31)),
        ("31.1.2026 00:00", DMY, date(2026, 1, 31)),
        ("01/31/2026 12:00:00 AM", MDY, date(2026, 1, 31)),
        ("2026/1/31", YMD, date(2026, 1, 31)),
        ("9999-12-31", Locale(), date(9999, 12, 31)),
    ],
)
def test_dates_as_other_systems_write_them(text: str, locale: Locale, day: date) -> None:
    for kind in (TEXT, ISO_DATE):
        assert read_date(Cell(kind, 0.0, text), locale) == to_day_number(day)


@pytest.mark.parametrize(
    "cell",
    [
        Cell(NUMBER, 0.0, "", PLAIN),
        Cell(NUMBER, 0.0, "", DATE),
        Cell(NUMBER, 0.0, "", TIME),
        Cell(NUMBER, 1.0, "", DATE),
        Cell(NUMBER, 1.5, "", DATE),
        Cell(NUMBER, 1.999, "", TIME),
        Cell(NUMBER, 2.0, "", DATE),
        *(Cell(TEXT, 0.0, text) for text in (
            "0", "1900-01-01", "1900-01-01 00:00:00", "1900-01-01T12:30:00", "1753-01-01", "1753-01-01 00:00:00.000",
            "01.01.1900", "1/1/1900", "1/1/1753 12:00:00 AM", "01-01-1900 00:00",
        )),
        Cell(ISO_DATE, 0.0, "1900-01-01T00:00:00"),
    ],
)  # fmt: skip
def test_empty_dates_of_other_systems_are_blank(cell: Cell) -> None:
    for locale in (Locale(), DMY, MDY):
        assert read_date(cell, locale) is EMPTY_DATE


@pytest.mark.parametrize(
    ("cell", "locale", "code"),
    [
        (Cell(NUMBER, 0.25, "", DATE), Locale(), "IC109"),
        (Cell(NUMBER, 0.25, "", TIME), Locale(), "IC111"),
        (Cell(NUMBER, 1.0, "", PLAIN), Locale(), "IC110"),
        (Cell(NUMBER, 3.0, "", DATE), Locale(), "IC109"),
        (Cell(NUMBER, 1e307, "", DATE), Locale(), "IC109"),
        (Cell(NUMBER, 1e307, "", TIME), Locale(), "IC109"),
        (Cell(NUMBER, 1e307, "", PLAIN), Locale(), "IC110"),
        (Cell(NUMBER, -1e307, "", DATE), Locale(), "IC109"),
        (Cell(TEXT, 0.0, "1900-01-02"), Locale(), "IC109"),
        (Cell(TEXT, 0.0, "31.01.2026"), Locale(), "IC104"),
        (Cell(TEXT, 0.0, "31.01.26"), DMY, "IC104"),
        (Cell(TEXT, 0.0, "02/30/2026"), MDY, "IC104"),
        (Cell(TEXT, 0.0, "31.01.2026 08:15"), DMY, "IC108"),
        (Cell(TEXT, 0.0, "1/31/2026 12:00:00 PM"), MDY, "IC108"),
        (Cell(TEXT, 0.0, "2026-01-31T23:30:00+01:00"), Locale(), "IC108"),
    ],
)
def test_what_is_no_date_is_never_guessed(cell: Cell, locale: Locale, code: str) -> None:
    fault = read_date(cell, locale)
    assert isinstance(fault, Fault)
    assert fault.code == code


@pytest.mark.parametrize("seconds", [0.4, 1, 43_200, 86_398, 86_399, 86_399.4, 86_399.6, 86_399.99])
def test_the_advice_for_a_time_stays_on_its_day(seconds: float) -> None:
    """A moment just before midnight of the last of January is no first of February."""
    fault = read_date(Cell(NUMBER, 46053 + seconds / 86_400, "", DATE), Locale())
    assert isinstance(fault, Fault)
    assert fault.code == "IC108"
    assert fault.fix.startswith("Enter 2026-01-31")
    assert not fault.found.startswith("2026-02")


@pytest.mark.parametrize("number", [4.9e-7, -4.9e-7, 1e-6, 0.1 + 0.2, 12345678.9])
def test_small_numbers_are_shown_as_typed(number: float) -> None:
    from invclose_xl.workbook.values.values import plain

    assert Decimal(plain(number)) == Decimal(f"{number:.15g}")
    assert "e" not in plain(number)
