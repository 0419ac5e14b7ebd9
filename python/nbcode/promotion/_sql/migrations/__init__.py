"""The revisions of the journal's schema, one file each. A revision that was released is never changed."""
