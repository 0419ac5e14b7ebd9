"""What ``--json`` of every command prints, as types: the commands are checked against them, and the JSON Schemas are made from them."""
