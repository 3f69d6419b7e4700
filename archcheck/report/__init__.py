"""Results -> text: tables for a terminal or Markdown, CSV, the JSON contract, and the pages under `reports/`; saved
profiles read back.

Nothing is computed here: every number comes with the result, and is only formatted.
"""
