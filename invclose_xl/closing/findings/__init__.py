"""Warnings and remarks of a run about a book that it can close all the same."""
