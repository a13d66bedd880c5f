"""Sheets that say how to cost and post: items, model groups, costing groups, parameters, accounts, the ledger."""
