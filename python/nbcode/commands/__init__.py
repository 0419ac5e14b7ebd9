"""One verb a file: ports and values in, a value out, nothing printed. Only here a finding becomes a stop."""
