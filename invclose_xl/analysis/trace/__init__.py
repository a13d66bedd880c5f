"""Where a cost comes from and where it goes: the way through the settlements, feeds and vouchers of a book."""
