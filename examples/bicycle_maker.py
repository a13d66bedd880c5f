"""What the bicycle maker of january.xlsx has: items, models, accounts, prices. No logic.

Source  invented; prices in euro, order of magnitude of a small workshop.
"""

from dataclasses import dataclass
from decimal import Decimal

D = Decimal


@dataclass(frozen=True)
class Item:
    """An item: its model group, its group for vouchers, its price and what is on hand at each site on 1 January."""

    number: str
    name: str
    model_group: str
    item_group: str
    price: str
    opening: tuple[int, int]
    bought: int = 0
    """pieces of one purchase order; 0 = never bought"""
    sold: int = 0
    """most pieces of one sales line; 0 = never sold"""


MODEL_GROUPS = (
    ("FIFO", "First in, first out", "FIFO", "No"),
    ("FIFO-P", "First in, first out, packing slips included", "FIFO", "Yes"),
    ("LIFO", "Last in, first out", "LIFO", "No"),
    ("LIFO-D", "Last in, first out by date", "LIFO date", "No"),
    ("AVG", "Weighted average of the period", "Weighted average", "No"),
    ("AVG-D", "Weighted average by day", "Weighted average date", "No"),
    ("STD", "Standard cost", "Standard cost", "No"),
    ("MOV", "Moving average", "Moving average", "No"),
)

ITEMS = (
    Item("P-FRAME-AL", "Frame, aluminium", "FIFO", "PARTS", "120.00", (40, 0), 30),
    Item("P-FRAME-CF", "Frame, carbon", "AVG", "PARTS", "480.00", (12, 0), 8),
    Item("P-FORK", "Suspension fork", "FIFO", "PARTS", "64.50", (45, 0), 30),
    Item("P-WHEEL-28", "Wheel 28 inch", "AVG", "PARTS", "38.90", (120, 0), 90),
    Item("P-WHEEL-20", "Wheel 20 inch", "LIFO", "PARTS", "21.40", (60, 0), 40),
    Item("P-TYRE", "Tyre, puncture-proof", "FIFO-P", "PARTS", "14.75", (160, 20), 120, 4),
    Item("P-CHAIN", "Chain, 9-speed", "AVG-D", "PARTS", "11.20", (70, 10), 60, 2),
    Item("P-BRAKE", "Disc brake, pair", "AVG-D", "PARTS", "47.30", (60, 0), 40),
    Item("P-GEAR", "Gear hub, 8-speed", "FIFO", "PARTS", "89.00", (50, 0), 30),
    Item("P-SADDLE", "Saddle", "LIFO", "PARTS", "18.60", (60, 6), 40, 1),
    Item("P-BAR", "Handlebar", "LIFO-D", "PARTS", "16.35", (60, 0), 40),
    Item("P-PEDAL", "Pedal, pair", "LIFO-D", "PARTS", "9.80", (70, 10), 60, 2),
    Item("P-LIGHT", "Light set, dynamo", "AVG", "PARTS", "27.45", (50, 15), 50, 2),
    Item("P-BELL", "Bell", "STD", "PARTS", "2.10", (200, 40), 150, 3),
    Item("P-BOX", "Shipping box", "MOV", "PARTS", "6.40", (90, 10), 80),
    Item("B-CITY", "City bike", "FIFO", "BIKES", "510.00", (14, 8), 0, 2),
    Item("B-TOUR", "Touring bike", "AVG", "BIKES", "640.00", (10, 5), 0, 2),
    Item("B-RACE", "Road bike, carbon", "FIFO", "BIKES", "1180.00", (4, 2), 0, 1),
    Item("B-KIDS", "Children's bike", "LIFO", "BIKES", "265.00", (12, 6), 0, 2),
    Item("B-EBIKE", "Electric bike", "STD", "BIKES", "1450.00", (6, 4), 0, 1),
    Item("A-HELMET", "Helmet", "AVG", "ACCESS", "31.80", (30, 30), 30, 2),
    Item("A-LOCK", "Folding lock", "LIFO-D", "ACCESS", "24.90", (25, 25), 30, 2),
    Item("A-PUMP", "Floor pump", "MOV", "ACCESS", "15.60", (20, 20), 24, 2),
    Item("A-BAG", "Pannier bag", "FIFO", "ACCESS", "42.00", (20, 6), 10, 3),
    Item("S-PAINT", "Painting, by the neighbour", "FIFO", "SERVICE", "35.00", (0, 0), 25),
)

RECIPES = {
    "B-CITY": {"P-FRAME-AL": 1, "P-WHEEL-28": 2, "P-TYRE": 2, "P-CHAIN": 1, "P-GEAR": 1, "P-SADDLE": 1, "P-LIGHT": 1,
               "S-PAINT": 1},
    "B-TOUR": {"P-FRAME-AL": 1, "P-FORK": 1, "P-WHEEL-28": 2, "P-TYRE": 2, "P-CHAIN": 1, "P-BRAKE": 1, "P-GEAR": 1,
               "P-BAR": 1, "P-PEDAL": 1},
    "B-RACE": {"P-FRAME-CF": 1, "P-WHEEL-28": 2, "P-TYRE": 2, "P-CHAIN": 1, "P-BRAKE": 1, "P-BAR": 1},
    "B-KIDS": {"P-WHEEL-20": 2, "P-CHAIN": 1, "P-SADDLE": 1, "P-PEDAL": 1, "P-BELL": 1, "S-PAINT": 1},
}  # fmt: skip
"""Pieces of each component in one bike."""

INVENTORY = {"PARTS": "130100", "BIKES": "130200", "ACCESS": "130300", "SERVICE": "130400"}
OFFSETS = {
    "Purchase order": "200140", "Sales order": "510100", "Return order": "510100", "Production line": "140200",
    "Production": "140200", "Transfer": "130900", "Counting": "510800", "Opening": "300000",
}  # fmt: skip
ROUNDING = ("510990", "510990")
