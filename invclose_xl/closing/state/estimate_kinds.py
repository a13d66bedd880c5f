"""The cost that a row of *Estimated costs* stands for: the financial one, or the physical one of a packing slip.

In      the Kind of rows; of those that format 1 left blank, the financial date of their transaction and D of their run.
Out     whether each is physical.
Source  WORKBOOK "Written" (Estimated costs), "Formats of our sheets"; RULES R7.2, R8.5.
"""

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_DATE, Bool, Int32
from invclose_xl.domain.words import Kind


def is_physical(kind: pl.Series, financial_date: Int32, up_to: Int32) -> Bool:
    """Return whether rows stand for physical costs; where none says so, whether they were invoiced at D."""
    by_date = (financial_date == NO_DATE) | (financial_date > up_to)
    return np.where((kind == "").to_numpy(), by_date, (kind == Kind.PHYSICAL).to_numpy())
