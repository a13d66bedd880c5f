"""How long does an import of a million rows take, beside reading the same rows with Polars and writing them to a sheet?

In      how many rows (default 1,000,000).
Out     a line per kind of file: seconds of both, their ratio; each is run in a process of its own.
Use     python benchmarks/import_million.py [ROWS]
"""

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
            begun = time.perf_counter()
            subprocess.run([sys.executable, __file__, "floor", name, kind], check=True)
            least = time.perf_counter() - begun
            begun = time.perf_counter()
            command = [
                sys.executable,
                "-m",
                "invclose_xl",
                "import",
                str(folder / kind),
                "--system",
                "dynamics",
                "--model",
                "FIFO",
            ]
            subprocess.run([*command, "--output", str(folder / f"{kind}.xlsx")], check=True, stdout=subprocess.DEVNULL)
            taken = time.perf_counter() - begun
            print(f"{kind:8} {rows:,} rows: read and write with Polars {least:.1f} s, import {taken:.1f} s, "
                  f"{taken / least:.2f} times")  # fmt: skip


if __name__ == "__main__":
    main()
