"""Panels in and results out: pandas, polars, Arrow, parquet, CSV, DuckDB, alphalens.

Each third party has one window here; a window is loaded when something of that kind is read or written, never before.
"""
