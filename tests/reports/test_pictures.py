"""Pictures: everything that must be seen is there, nothing is cut off, no text lies on another.

Source  WORKBOOK "Command line" (explain --picture).
"""

import random
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

import invclose_xl
from invclose_xl.analysis.trace.trace import trace_costs
from invclose_xl.cli.main import main
from invclose_xl.reports.costs.explanation import explain
from invclose_xl.reports.pictures.flow_layout import BoxSize, assign_columns, lay_out
from invclose_xl.reports.pictures.picture import draw
from invclose_xl.reports.pictures.svg import Drawing
from tests.books import Book, Item
from tests.core import close_core, core_book
from tests.mixed.books import mixed_book
from tests.reports.test_explain import EXAMPLE, JANUARY, chain, traced, traced_file

SVG = "{http://www.w3.org/2000/svg}"
LETTER = 0.5
"""width of an average letter in font sizes: what fonts really have"""


@dataclass(frozen=True)
class Text:
    text: str
    left: float
    right: float
    top: float
    bottom: float


def texts_of(svg: str) -> list[Text]:
    found = []
    for node in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        size, x, y = (float(node.attrib[k]) for k in ("font-size", "x", "y"))
        text = "".join(node.itertext())
        title = node.find(f"{SVG}title")
        if title is not None and title.text:
            text = text.removeprefix(title.text)
        width = len(text) * size * LETTER
        turned = "rotate(-90" in node.attrib.get("transform", "")
        if turned:
            bottom = {"start": y, "end": y + width}[node.attrib["text-anchor"]]
            found.append(Text(text, x - size * 0.75, x + size * 0.2, bottom - width, bottom))
            continue
        left = {"start": x, "middle": x - width / 2, "end": x - width}[node.attrib["text-anchor"]]
        found.append(Text(text, left, left + width, y - size * 0.75, y + size * 0.2))
    return found


def faults(svg: str) -> list[str]:
    """Texts that leave the picture, and pairs that lie on each other."""
    root = ElementTree.fromstring(svg)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    texts = texts_of(svg)
    wrong = [f"{t} is cut" for t in texts if t.left < 0 or t.right > width or t.top < 0 or t.bottom > height]
    for k, a in enumerate(texts):
        for b in texts[k + 1 :]:
            if a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom:
                wrong.append(f"{a.text!r} lies on {b.text!r}")
    for x, y in re.findall(
        r"(?:M|L|C| )(-?[\d.]+) (-?[\d.]+)", " ".join(p.attrib["d"] for p in root.iter(f"{SVG}path"))
    ):
        if not (0 <= float(x) <= width and 0 <= float(y) <= height):
            wrong.append(f"a curve leaves the picture at {x} {y}")
    return wrong


def sixty(model: str) -> Book:
    chance = random.Random(4)
    book = Book([Item("A-LONG-ITEM-NUMBER", model, flags={"Include physical value": "Yes"})])
    for k in range(60):
        day = date(2026, 1, 1) + timedelta(days=k * 55 // 60)
        if k % 4 == 0:
            book.receive(f"PURCHASE-{k:03d}", day, 40, f"{400 + k}.50", item="A-LONG-ITEM-NUMBER")
        elif k % 17 == 1:
            book.add("A-LONG-ITEM-NUMBER", f"SLIP-{k}", 9, physical_date=day, physical_cost_amount=Decimal("95.00"))
        else:
            quantity, cost = chance.randint(1, 14), f"{chance.randint(10, 140)}.00"
            book.issue(f"SALES-{k:03d}", day, quantity, cost, item="A-LONG-ITEM-NUMBER")
    return book


@pytest.mark.parametrize("model", ["FIFO", "LIFO", "LIFO date", "Weighted average", "Weighted average date"])
def test_sixty_transactions_are_readable(model: str) -> None:
    trace = traced(sixty(model), JANUARY, date(2026, 2, 28))
    svg = draw(trace, explain(trace, "A-LONG-ITEM-NUMBER")).svg()
    shown = {t.text for t in texts_of(svg)}
    assert {"IC-000001  2026-01-31", "IC-000002  2026-02-28", "PURCHASE-000"} <= shown
    assert "average" in model or "(9 at 95.00)" in shown
    assert faults(svg) == []


def one_day(item: str) -> Book:
    """Sixty transactions of large amounts and long names on one day."""
    book = Book([Item(item, "FIFO")])
    for k in range(60):
        if k % 3 == 0:
            book.receive(
                f"PURCHASE-ORDER-2026-{k:06d}", date(2026, 1, 15), 1_000_000, f"{12_345_678 + k}.55", item=item
            )
        else:
            book.issue(f"SALES-ORDER-LINE-{k:06d}", date(2026, 1, 15), 70_000 * (k % 5 + 1), f"-{k}.10", item=item)
    return book


def fan(receipts: bool) -> Book:
    """One receipt for 58 issues, or 58 receipts for one issue."""
    book = Book([Item("螺栓 M12 × 160 不锈钢", "FIFO")])
    name = book.items[0].number
    if not receipts:
        book.receive("R", date(2026, 1, 1), 580, "5800.00", item=name)
    for k in range(58):
        day = date(2026, 1, 2 + k % 28)
        if receipts:
            book.receive(f"R{k}", day, 10, f"{90 + k}.00", item=name)
        else:
            book.issue(f"S{k}", day, 10, "99.00", item=name)
    if receipts:
        book.issue("S", date(2026, 1, 30), 570, "5000.00", item=name)
    return book


@pytest.mark.parametrize(
    "book", [one_day("STAINLESS-STEEL-HEXAGON-BOLT-M12x160-DIN933-A4"), fan(True), fan(False)],
    ids=["one day", "fan in", "fan out"],
)  # fmt: skip
@pytest.mark.parametrize("view", ["time", "flow"])
def test_sixty_awkward_transactions_are_readable(book: Book, view: str) -> None:
    trace = traced(book, JANUARY)
    drawing = draw(trace, explain(trace, str(book.rows[0]["Transaction ID"])), view)
    assert faults(drawing.svg()) == []
    assert drawing.width < 2300
    assert drawing.height < 3700
    cut = [t.text for t in texts_of(drawing.svg()) if "…" in t.text]
    assert [text for text in cut if not text.startswith(("PURCHASE", "SALES"))] == []


def test_a_close_after_every_day() -> None:
    book = Book([Item("A", "Weighted average")])
    days = [date(2026, 1, 1) + timedelta(days=k) for k in range(24)]
    for k, day in enumerate(days):
        book.receive(f"P{k}", day, 3, f"{30 + k}.00")
    trace = traced(book, *days[::2])
    drawing = draw(trace, explain(trace, "A"))
    assert sum(t.text.startswith("IC-0000") for t in texts_of(drawing.svg())) == 12
    assert faults(drawing.svg()) == []


def test_more_than_sixty_show_the_nearest() -> None:
    book = sixty("FIFO")
    for k in range(60):
        book.issue(f"X{k}", date(2026, 2, 27), 1, "9.00", item="A-LONG-ITEM-NUMBER")
    trace = traced(book, JANUARY)
    svg = draw(trace, explain(trace, "SALES-002"), "time").svg()
    assert "60 of 120 transactions, those nearest to SALES-002" in svg
    assert {"SALES-002", "PURCHASE-000"} <= {t.text for t in texts_of(svg)}
    assert faults(svg) == []


def test_a_chain_across_items_is_drawn_as_a_flow() -> None:
    trace = traced(chain(), JANUARY)
    svg = draw(trace, explain(trace, "S1")).svg()
    assert "Where the cost of S1 comes from" in svg
    shown = {t.text for t in texts_of(svg)}
    assert {"P1", "P2", "T-I", "T-R", "C1", "M1", "S1", "43.00", "of it 10.00 of its own"} <= shown
    assert faults(svg) == []


def test_a_loop_can_be_drawn() -> None:
    book = Book([Item("A", "FIFO"), Item("B", "FIFO")])
    d = date(2026, 1, 5)
    book.receive("P", d, 4, "40.00")
    for k, (one, two) in enumerate((("A", "B"), ("B", "A"))):
        book.issue(f"I{k}", d, 4, "40.00", item=one, reference="Production line", production_number=f"W{k}")
        book.receive(f"R{k}", d, 4, "40.00", item=two, reference="Production", production_number=f"W{k}")
    book.issue("S", date(2026, 1, 9), 3, "30.00")
    trace = trace_costs(core_book(book, close_core(book, JANUARY).tables))
    for name in ("P", "I0", "R0", "I1", "R1", "S"):
        for view in ("flow", "time"):
            assert faults(draw(trace, explain(trace, name), view).svg()) == []


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("january") / "closed.xlsx"
    assert main([str(EXAMPLE), "--output", str(path)]) == 0
    return path


def test_every_picture_of_january(january: Path) -> None:
    trace = traced_file(january)
    for name in ["T0270", "T0334", "T0001", "IC-000001/W7/R", *trace.movements.item.unique().to_list()]:
        assert faults(draw(trace, explain(trace, name)).svg()) == [], name


def test_files(january: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    svg, png = tmp_path / "picture.svg", tmp_path / "picture.png"
    assert main(["explain", str(january), "T0270", "--picture", str(svg)]) == 0
    assert svg.read_text("utf-8").startswith("<svg")
    pytest.importorskip("resvg_py")
    assert main(["explain", str(january), "T0270", "--picture", str(png), "--view", "time"]) == 0
    assert png.read_bytes().startswith(b"\x89PNG")
    capsys.readouterr()
    assert main(["explain", str(january), "T0270", "--picture", str(tmp_path / "picture.gif")]) == 2
    assert main(["explain", str(january), "IC-000001/2", "--picture", str(svg)]) == 5
    assert "There is no picture of a voucher line" in capsys.readouterr().err


def _curve_points(path: str) -> list[tuple[float, float]]:
    """Points on the curves of a path, close to each other."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    found, begin = [], points[0]
    for k in range(1, len(points), 3):
        one, two, end = points[k : k + 3]
        for step in range(81):
            t = step / 80
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            x, y = (sum(w * p[c] for w, p in zip(weights, (begin, one, two, end), strict=True)) for c in (0, 1))
            found.append((x, y))
        begin = end
    return found


def hidden(svg: str) -> list[str]:
    """Boxes that lie on each other or outside, and arrows behind a box or outside."""
    root = ElementTree.fromstring(svg)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    boxes = [
        tuple(float(node.attrib[k]) for k in ("x", "y", "width", "height"))
        for node in root.iter(f"{SVG}rect")
        if "rx" in node.attrib
    ]
    wrong = []
    for k, (x, y, w, h) in enumerate(boxes):
        if x < 0 or y < 0 or x + w > width or y + h > height:
            wrong.append(f"the box at {x} {y} leaves the picture")
        if any(x < u + a and u < x + w and y < v + b and v < y + h for u, v, a, b in boxes[k + 1 :]):
            wrong.append(f"the box at {x} {y} lies on another")
    for path in root.iter(f"{SVG}path"):
        for px, py in _curve_points(path.attrib["d"]):
            if not (0 <= px <= width and 0 <= py <= height):
                wrong.append(f"an arrow leaves the picture at {px:.0f} {py:.0f}")
            if any(x + 0.5 < px < x + w - 0.5 and y + 0.5 < py < y + h - 0.5 for x, y, w, h in boxes):
                wrong.append(f"an arrow lies behind a box at {px:.0f} {py:.0f}")
    return wrong


@pytest.mark.parametrize("seed", range(100))
@pytest.mark.sampled(5)
def test_no_arrow_of_a_random_flow_is_hidden(seed: int) -> None:
    """Flows with loops, long ways and many arrows between the same boxes' neighbours."""
    chance = random.Random(seed)
    count = chance.randint(2, 45)
    start = chance.randrange(count)
    arrows: dict[tuple[int, int], int] = {}
    side = {start: 0}
    for box in chance.sample([b for b in range(count) if b != start], count - 1):
        side[box] = chance.choice((-1, 1))
        inner = chance.choice([b for b, s in side.items() if s in (0, side[box]) and b != box])
        arrows[(box, inner) if side[box] < 0 else (inner, box)] = box
    for _ in range(chance.randint(0, count)):
        one, two = chance.sample(range(count), 2) if count > 1 else (0, 0)
        arrows[one, two] = 1
    columns = {start: 0}
    for way in (-1, 1):
        own = [arrow for arrow in arrows if all(side[end] in (0, way) for end in arrow)]
        columns |= assign_columns(start, own, way)
    assert set(columns) == set(range(count))
    box = BoxSize(180, 62, 16)
    layout = lay_out(columns, arrows, box)
    drawing = Drawing(layout.width, layout.height, "")
    for route in layout.routes.values():
        drawing.curves(route.curves)
    for x, y in layout.corners.values():
        drawing.box(x, y, box.width, box.height, "white", "black")
    assert hidden(drawing.svg()) == []


def test_a_hidden_arrow_is_found() -> None:
    drawing = Drawing(400, 100, "")
    drawing.curve((50, 40), (150, 40), (250, 40), (380, 40))
    assert hidden(drawing.svg()) == []
    drawing.box(150, 20, 80, 40, "white", "black")
    assert any("behind a box" in fault for fault in hidden(drawing.svg()))
    drawing.curve((50, 40), (-150, 40), (-150, 40), (60, 40))
    assert any("leaves the picture" in fault for fault in hidden(drawing.svg()))


def test_the_loop_of_two_sites_is_drawn_around(tmp_path: Path) -> None:
    book = tmp_path / "loop.xlsx"
    invclose_xl.close(EXAMPLE.parent / "loop.xlsx", output=book)
    for movement in ("S1", "T1-OUT", "P1", "T2-IN", "IC-000001/W1/R"):
        picture = tmp_path / "loop.svg"
        assert main(["explain", str(book), movement, "--picture", str(picture), "--view", "flow", "--force"]) == 0
        svg = picture.read_text("utf-8")
        assert hidden(svg) == []
        assert faults(svg) == []


@pytest.mark.parametrize("number", range(4))
def test_flows_of_mixed_books_hide_nothing(number: int) -> None:
    rows = mixed_book(number)
    trace = traced(rows, JANUARY)
    for movement in random.Random(number).sample(range(len(trace.movements.id)), 12):
        svg = draw(trace, explain(trace, trace.movements.id[movement]), "flow").svg()
        assert hidden(svg) == []
