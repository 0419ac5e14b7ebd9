"""The manual: a page for every code that nbcode gives, with what to do about it."""

from nbcode.diagnostics.manual import all_codes, diagnostics_page, explain, explain_code, normal_code

__all__ = ["all_codes", "diagnostics_page", "explain", "explain_code", "normal_code"]
