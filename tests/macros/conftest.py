"""Template and book of the tests of the buttons; a test with a screen that fails leaves a picture of it."""

import shutil
from collections.abc import Generator
from datetime import date
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "month.xlsm"
    from invclose_xl.template_builder.build import new_book

    new_book(path, date(2026, 2, 3))
    return path


@pytest.fixture
def book(template: Path, tmp_path: Path) -> Path:
    path = tmp_path / "month.xlsm"
    shutil.copy(template, path)
    return path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    if report.failed and report.when == "call":
        for value in getattr(item, "funcargs", {}).values():
            if type(value).__name__ == "Screen":
                report.sections.append(("the screen when it failed", _seen(value, item.name)))
    return report


def _seen(screen: Any, name: str) -> str:
    path = Path(screen.folder) / f"failed-{name}.png"
    try:
        screen.display.picture(path)
    except Exception as fault:  # the failure itself is what matters
        return f"no picture: {fault}"
    return f"{path}\n{screen.log.read_text('utf-8')}"
