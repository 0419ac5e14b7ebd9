"""Values -> text, one file a concern. Nothing here decides anything."""
