"""Named by their number, which is also the schema's: see ``schema.SCHEMA_VERSION``."""
