"""Leaks as they are written, each with a clean twin: a corpus that was written before anything was tried on it.

`plain` holds notebooks of pandas, polars, scikit-learn, LightGBM, XGBoost and statsmodels, `own` those in alpha_bench's language.
A file holds both parts: lines below `# -- leak` or `# -- twin` are that part's, below `# -- both` everyone's. `#:` lines at its
head say kind, source, what an expert would call the fault, and whether it was written after the first record. `make leaks` judges all and writes the table of recall.
"""
