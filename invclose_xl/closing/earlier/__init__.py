"""Postings of earlier runs for rows that look otherwise today: charges, split rows, corrections."""
