"""Valuing: amounts only, through fixed pairs. No date is seen here."""
