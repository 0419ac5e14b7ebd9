"""The two laws of a notebook's digest, by generated edits: what changes no meaning keeps it, what changes a meaning changes it."""
