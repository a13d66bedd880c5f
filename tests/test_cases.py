"""The rules, one by one: every case file is a book that is closed through the command line."""

from pathlib import Path

import pytest

from invclose_xl.cli.main import main
from tests.books import append_rows
from tests.language import Case, compare, parse_case
from tests.results import Results, check_laws

CASES = [parse_case(path) for path in sorted((Path(__file__).parent / "cases").glob("*.txt"))]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if case.needs:
        pytest.skip(f"needs {case.needs}")
    path = case.book.write(tmp_path / "book.xlsx")
    for step in case.steps:
        if step is not case.steps[0]:
            append_rows(path, step.rows)
        before = path.read_bytes()
        code = main([str(path), "--date", str(step.day), "--no-backup"])
        said = capsys.readouterr()
        faults = [line for line in step.expected if line.split()[0] in ("error", "refused")]
        if faults:
            assert path.read_bytes() == before, "a failing run must not write"
            assert code == (3 if faults[0].startswith("error") else 4), said.err
            for fault in faults:
                assert all(word.strip('"') in said.err for word in fault.split()[1:]), (fault, said.err)
            continue
        assert code == 0, said.err
        assert step.day is not None
        expected, actual = compare(step.expected, Results(path), step.day)
        assert actual == expected
        assert check_laws(path) == []


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 40
