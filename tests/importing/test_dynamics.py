"""Dynamics: the tables as they come out, imported and closed, settle what the same business typed in settles."""

from pathlib import Path

import pytest

from tests.importing import dynamics
from tests.importing.closed import close, equal, imported

MONTHS = ("2026-01-31", "2026-02-28", "2026-03-31")


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The business typed into the template, and closed."""
    book = dynamics.company().typed().write(tmp_path_factory.mktemp("typed") / "typed.xlsx")
    close(book, *MONTHS)
    return book


def test_the_company_is_big_enough() -> None:
    rows = dynamics.tables(dynamics.company())
    assert len(rows["InventTrans"]) > 200
    assert sum(map(len, rows.values())) > 300


@pytest.mark.parametrize("kind", ["csv", "csv with decimal comma", "parquet", "delta"])
@pytest.mark.long
def test_tables_close_like_the_template(kind: str, typed: Path, tmp_path: Path) -> None:
    made = dynamics.tables(dynamics.company())
    folder = tmp_path / "export"
    if kind == "csv":
        dynamics.write_csv(made, folder)
    elif kind == "csv with decimal comma":
        dynamics.write_csv(made, folder, ";", ",", "utf-16")
    elif kind == "parquet":
        dynamics.write_parquet(made, folder)
    else:
        dynamics.write_delta(made, folder)
    from tests.results import Results

    book = imported(folder, tmp_path / "book.xlsx")
    months = MONTHS if kind == "csv" else MONTHS[:1]
    results = close(book, *months)
    if kind == "csv":
        equal(results, Results(typed))
    else:
        from tests.importing.closed import settlements

        assert settlements(results) == settlements(Results(typed), "IC-000001")
