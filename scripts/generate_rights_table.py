"""The table of docs/how-to/operate.md: who may do what on a cluster, and why, from the Roles that ship. With --check only says whether it is current."""

import sys
from pathlib import Path

from nbcode.deployment import reasons
from nbcode.deployment._shipped import base

BEGIN, END = "<!-- rights: make codegen -->", "<!-- end of rights -->"
PAGE = Path(__file__).parent.parent / "docs/how-to/operate.md"


def table() -> str:
    shipped = base()
    roles = {one["metadata"]["name"]: one for one in shipped if one["kind"] == "Role"}
    rows = ["| account | is | may | on | why |", "|---|---|---|---|---|"]
    for account in (one for one in shipped if one["kind"] == "ServiceAccount"):
        name, what = account["metadata"]["name"], reasons(account)["account"]
        role = roles.get(name)
        if role is None:
            rows.append(f"| `{name}` | {what} | nothing | | |")
            continue
        why = reasons(role)
        for rule in role["rules"]:
            for resource in rule["resources"]:
                told = f"| `{name}` | {what} " if what else "| | "
                what = ""
                verbs = ", ".join(rule["verbs"])
                rows.append(f"{told}| {verbs} | `{resource}` | {why[resource.replace('/', '.')]} |")
    return "\n".join(rows)


def page(text: str) -> str:
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


text = PAGE.read_text("utf-8")
if "--check" in sys.argv:
    if text != page(text):
        sys.exit(f"{PAGE.name} is out of date: make codegen")
else:
    PAGE.write_text(page(text), "utf-8")
