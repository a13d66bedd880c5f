"""How long does an import of a million rows take, beside reading the same rows with Polars and writing them to a sheet?

In      how many rows (default 1,000,000).
Out     a line per kind of file: seconds of both by the clock and of the processors, and their ratios; each is run in a
        process of its own.
Use     python benchmarks/import_million.py [ROWS]
"""

import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import polars as pl


def make(folder: Path, rows: int) -> None:
    """Write InventTrans of a thousand items as CSV and as Parquet, and the small tables around it."""
    number = pl.int_range(rows, eager=True)
    is_receipt = number % 2 == 0
    quantity = pl.select(pl.when(is_receipt).then(number % 97 + 3).otherwise(-(number % 89 + 1))).to_series()
    days = [(date(2026, 1, 1) + timedelta(days=k)).isoformat() for k in range(360)]
    day = pl.Series(days).gather(number * 360 // rows)
    voucher, slip, item = (pl.select(pl.format(text, of)).to_series() for text, of in (
        ("V{}", number), ("P{}", number), ("ITEM{}", number % 1000),
    ))  # fmt: skip
    frame = pl.DataFrame({
        "recid": number + 5637144576, "dataareaid": "usmf", "itemid": item,
        "inventdimid": "D1", "inventtransorigin": number + 1, "statusissue": (~is_receipt).cast(pl.Int8),
        "statusreceipt": is_receipt.cast(pl.Int8), "qty": quantity.cast(pl.Float64), "qtysettled": 0.0,
        "datephysical": day, "datefinancial": day, "costamountphysical": quantity * 1.25,
        "costamountposted": quantity * 1.25, "costamountadjustment": 0.0, "costamountsettled": 0.0,
        "voucher": voucher, "voucherphysical": slip,
        "markingrefinventtransorigin": 0, "returninventtransorigin": 0,
    })  # fmt: skip
    origin = pl.DataFrame({
        "recid": number + 1, "dataareaid": "usmf", "inventtransid": pl.select(pl.format("L{}", number)).to_series(),
        "referencecategory": pl.select(pl.when(is_receipt).then(3).otherwise(0)).to_series(),
        "referenceid": pl.select(pl.format("D{}", number // 10)).to_series(),
    })  # fmt: skip
    for kind in ("csv", "parquet"):
        (folder / kind).mkdir()
        for name, table in (("InventTrans", frame), ("InventTransOrigin", origin)):
            if kind == "csv":
                table.write_csv(folder / kind / f"{name}.csv")
            else:
                table.write_parquet(folder / kind / f"{name}.parquet")
        (folder / kind / "InventDim.csv").write_text("inventdimid,inventsiteid,inventlocationid\nD1,1,11\n", "utf-8")


def floor(folder: Path, kind: str) -> None:
    """Read the table with Polars and write it to a sheet with Polars: the least that anybody would do."""
    file = folder / kind / f"InventTrans.{kind}"
    frame = pl.read_csv(file) if kind == "csv" else pl.read_parquet(file)
    frame.write_excel(folder / f"floor-{kind}.xlsx", worksheet="Transactions")


def measured(arguments: list[str]) -> tuple[float, float]:
    """Run Python with some arguments; return its seconds by the clock and of the processors, user and system."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    taken, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure, or run the floor as a process of its own."""
    if sys.argv[1:2] == ["floor"]:
        floor(Path(sys.argv[2]), sys.argv[3])
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, rows)
        for kind in ("csv", "parquet"):
            least = measured([__file__, "floor", name, kind])
            book = folder / f"{kind}.xlsx"
            options = ["--system", "dynamics", "--model", "FIFO", "--output", str(book)]
            taken = measured(["-m", "invclose_xl", "import", str(folder / kind), *options])
            print(f"{kind:8} {rows:,} rows: read and write with Polars {least[0]:.1f} s, {least[1]:.1f} CPU s; "
                  f"import {taken[0]:.1f} s, {taken[1]:.1f} CPU s; ratio {taken[0] / least[0]:.2f}, "
                  f"of CPU {taken[1] / least[1]:.2f}", flush=True)  # fmt: skip
            book.unlink()


if __name__ == "__main__":
    main()
