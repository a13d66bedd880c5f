"""The user's ledger beside the vouchers: which entries agree, and what the others are."""
