"""Parts of a run, closed in this process or in several: the same function, the same cents.

In      the parts by number, how to get the tables of each, what all have in common, the request.
Out     what every part came to, in the order of the parts.
Errors  BookUnusable where a process was killed from outside; the others are ended then, and nothing was written.
Source  WORKBOOK "Command line" (--runner).
"""

import multiprocessing
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from invclose_xl.closing.part import Part
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.tables.parts.earlier import history_of_part
from invclose_xl.tables.parts.part_tables import PartFaults, PartTables, SharedTables, close_tables, rows_in
from invclose_xl.tables.parts.split import folder_of, rows_of_part
from invclose_xl.tables.parts.stored import StoredPart, store_part

SHARED, OWN = "shared.pickle", "own.pickle"
ATTEMPTS = 3
"""So often a part is given to a process before the run gives up: one that the system killed may do in peace."""


@dataclass(frozen=True, slots=True)
class ClosedPart:
    """Result of one part, and of how many rows; its own are on the drive once it is stored."""

    rows: int
    result: Part | StoredPart | PartFaults

    def stored(self, folder: Path, number: int) -> "ClosedPart":
        """Write the rows of the part to the drive."""
        if not isinstance(self.result, Part):
            return self
        return ClosedPart(self.rows, store_part(self.result, folder, number))


Told = Callable[[int, int], None]


def hand_over(
    folder: Path, shared: SharedTables, request: RunRequest, own: Sequence[Mapping[str, tuple[int, ...]]]
) -> None:
    """Lay down what the parts need beside their transactions; of each the rows of other tables that are its own."""
    (folder / SHARED).write_bytes(pickle.dumps((shared, request)))
    for number, rows in enumerate(own):
        target = folder_of(folder, number)
        target.mkdir(parents=True, exist_ok=True)
        (target / OWN).write_bytes(pickle.dumps(rows))


def close_one(folder: Path, part: int) -> ClosedPart:
    """Close the part that lies in a folder; every process runs this, and so does a run without any."""
    return close_rows(folder, part, rows_of_part(folder, part), folder)


def close_rows(folder: Path, part: int, rows: pl.DataFrame, target: Path) -> ClosedPart:
    """Close a part whose transactions are here; its results go to the drive, into ``target``."""
    shared, request = pickle.loads((folder / SHARED).read_bytes())
    own = folder_of(folder, part)
    tables = PartTables(rows, pickle.loads((own / OWN).read_bytes()), history_of_part(own, shared.lock))
    return ClosedPart(rows_in(tables, shared), close_tables(tables, shared, request)).stored(target, part)


def in_turn(folder: Path, count: int, told: Told) -> Iterator[ClosedPart]:
    """Close the parts one after the other."""
    for number in range(count):
        yield close_one(folder, number)
        told(number + 1, count)


def in_processes(folder: Path, count: int, told: Told, workers: int) -> Iterator[ClosedPart]:
    """Close the parts in several processes; a part whose process was killed is closed anew."""
    done: dict[int, ClosedPart] = {}
    for attempt in range(ATTEMPTS):
        waiting = [number for number in range(count) if number not in done]
        if not waiting:
            break
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
            futures = {number: pool.submit(close_one, folder, number) for number in waiting}
            for number, future in futures.items():
                try:
                    done[number] = future.result()
                except BrokenProcessPool:
                    continue
                told(len(done), count)
        del attempt
    if len(done) < count:
        raise BookUnusable(
            f"A process of this run was killed {ATTEMPTS} times, most likely because memory ran out; nothing was "
            "written: run again with fewer processes (--memory), or close other programs."
        )
    yield from (done[number] for number in range(count))
