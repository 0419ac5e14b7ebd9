"""One promoted program, edits of it that change nothing, and edits that change its meaning."""

from __future__ import annotations

PROGRAM = '''import numpy as np
from pathlib import Path

WINDOWS = (20, 60)
name = "momentum"


def signal(window, *, skip=1, scale=2.5):
    """Momentum.

    Skips the last session.
    """
    total = 0
    for step in range(1, window):
        if step % 2 == 0 and step > skip:
            total += step * scale
        elif step is None:
            continue
        else:
            total -= 1
    while total > 100:
        total = total // 2
        break
    return total


class Box(dict):
    size: int = 3

    @property
    def half(self):
        return self.size / 2


parts = [signal(w) for w in WINDOWS if w]
lookup = {"a": 1, "b": [1, 2, 3]}
text = f"{name!r:>10} of {len(parts)} {{x}}"
best = max(parts, key=lambda p: -p)
lookup["c"] = parts[0:2]
x, *rest = parts[-1], best, not best
flag = True if best >= 1 else None
assert flag, "none"
try:
    z = 1 / best
except (ZeroDivisionError, TypeError) as error:
    raise ValueError("x") from error
finally:
    del x
with open(name) as stream:
    data = stream.read()
raw = b"bytes" + rb"\\d"
big = 10 ** 20 + 0x10 + 1j
'''

SAME = {
    "comments": PROGRAM.replace("    total = 0\n", "    # start\n    total = 0  # at nothing\n"),
    "blank lines": PROGRAM.replace("\nname", "\n\n\nname").replace("\n        if", "\n\n        if"),
    "quotes": PROGRAM.replace('"momentum"', "'momentum'").replace('"a"', "'''a'''"),
    "wrapping": PROGRAM.replace(
        "[signal(w) for w in WINDOWS if w]", "[\n    signal(w)\n    for w in WINDOWS\n    if w\n]"
    ),
    "parentheses": PROGRAM.replace("return total", "return (total)").replace("1 / best", "(1) / (best)"),
    "backslash": PROGRAM.replace("1 / best", "1 \\\n        / best"),
    "joined texts": PROGRAM.replace('"momentum"', '"momen" "tum"'),
    "joined f-strings": PROGRAM.replace('{len(parts)} {{x}}"', '{len(parts)}" " {x}"'),
    "u prefix": PROGRAM.replace('"momentum"', 'u"momentum"'),
    "spaces": PROGRAM.replace("total = 0", "total=0").replace("(20, 60)", "( 20,60, )"),
    "indentation": PROGRAM.replace("    ", "  "),
    "numbers": PROGRAM.replace("0x10", "16").replace("2.5", "2.50").replace("100", "1_00"),
    "escapes": PROGRAM.replace('"momentum"', '"\\x6domentum"'),
    "semicolons": PROGRAM.replace("WINDOWS = (20, 60)\nname", "WINDOWS = (20, 60); name"),
    "trailing comma": PROGRAM.replace("key=lambda p: -p)", "key=lambda p: -p,)"),
    "one-line body": PROGRAM.replace(
        "while total > 100:\n        total = total // 2\n        break",
        "while total > 100: total = total // 2; break",
    ),
    "del in brackets": PROGRAM.replace("del x", "del (x)"),
    "docstring layout": PROGRAM.replace("    Skips", "        Skips"),
    "type comment": PROGRAM.replace("total = 0", "total = 0  # type: int"),
    "class brackets": PROGRAM.replace("class Box(dict):", "class Box( dict, ):"),
    "unused trailing text": PROGRAM + "\n\n# the end\n",
}

CHANGES = {
    "number": ("20, 60", "20, 61"),
    "number's type": ("WINDOWS = (20, 60)", "WINDOWS = (20.0, 60)"),
    "sign": ("key=lambda p: -p", "key=lambda p: +p"),
    "text": ('"momentum"', '"momentum "'),
    "text to bytes": ('"momentum"', 'b"momentum"'),
    "tuple to list": ("(20, 60)", "[20, 60]"),
    "order": ("(20, 60)", "(60, 20)"),
    "name": ("name = ", "nome = "),
    "function name": ("def signal", "def signals"),
    "parameter name": ("skip=1", "skips=1"),
    "default": ("skip=1", "skip=2"),
    "keyword-only": ("window, *, skip", "window, skip"),
    "positional-only": ("window, *, skip", "window, /, *, skip"),
    "docstring": ("Skips the last", "Skips the first"),
    "docstring removed": ('    """Momentum.\n\n    Skips the last session.\n    """\n', ""),
    "operator": ("step * scale", "step + scale"),
    "augmented operator": ("total += step", "total -= step"),
    "comparison": ("step > skip", "step >= skip"),
    "equality": ("% 2 == 0", "% 2 != 0"),
    "and to or": ("0 and step", "0 or step"),
    "is to is not": ("step is None", "step is not None"),
    "not removed": ("not best", "best"),
    "continue to pass": ("continue", "pass"),
    "break removed": ("        break\n", ""),
    "true division": ("total // 2", "total / 2"),
    "constant": ("True if", "False if"),
    "None to Ellipsis": ("else None", "else ..."),
    "return dropped": ("return total", "total"),
    "return value": ("return total", "return -total"),
    "for to async": ("    for step in range(1, window):", "    for step in range(window):"),
    "else to body": ("        else:\n            total -= 1", "        total -= 1"),
    "base class": ("Box(dict)", "Box(list)"),
    "annotation": ("size: int", "size: float"),
    "decorator": ("@property", "@staticmethod"),
    "decorator removed": ("    @property\n", ""),
    "comprehension kind": (
        "parts = [signal(w) for w in WINDOWS if w]",
        "parts = {signal(w) for w in WINDOWS if w}",
    ),
    "comprehension filter": ("in WINDOWS if w]", "in WINDOWS]"),
    "dict key": ('{"a": 1', '{"A": 1'),
    "dict value": ('"b": [1, 2, 3]', '"b": [1, 2, 4]'),
    "f-string conversion": ("{name!r:>10}", "{name!s:>10}"),
    "f-string format": ("{name!r:>10}", "{name!r:<10}"),
    "f-string text": ("} of {", "} OF {"),
    "f-string braces": ("{{x}}", "{x}"),
    "argument name": ("key=lambda", "default=lambda"),
    "argument order": ("max(parts, key", "max(name, key"),
    "slice": ("parts[0:2]", "parts[0:3]"),
    "slice to index": ("parts[0:2]", "parts[2]"),
    "slice step": ("parts[0:2]", "parts[0:2:1]"),
    "starred": ("x, *rest =", "*x, rest ="),
    "index": ("parts[-1]", "parts[1]"),
    "assert message": ('assert flag, "none"', "assert flag"),
    "caught": ("(ZeroDivisionError, TypeError)", "(ZeroDivisionError,)"),
    "raise from": (" from error", ""),
    "finally to else": ("finally:", "else:"),
    "del": ("del x", "del rest"),
    "attribute": ("stream.read()", "stream.readline()"),
    "call removed": ("stream.read()", "stream.read"),
    "with target": (
        "with open(name) as stream:\n    data = stream.read()",
        "with open(name):\n    data = stream.read()",
    ),
    "bytes": ('b"bytes"', 'b"byte"'),
    "raw": ('rb"\\d"', 'rb"\\w"'),
    "power": ("10 ** 20", "10 ** 21"),
    "imaginary": ("1j", "2j"),
    "import alias": ("import numpy as np", "import numpy as npp"),
    "import module": ("import numpy as np", "import pandas as np"),
    "from name": ("import Path", "import PurePath"),
    "relative import": ("from pathlib import", "from .pathlib import"),
    "statement order": ('WINDOWS = (20, 60)\nname = "momentum"', 'name = "momentum"\nWINDOWS = (20, 60)'),
    "statement added": ("flag = True", "pass\nflag = True"),
    "while to if": (
        "    while total > 100:\n        total = total // 2\n        break",
        "    if total > 100:\n        total = total // 2",
    ),
    "lambda body": ("lambda p: -p", "lambda p: p"),
    "set to tuple": ("range(1, window)", "(1, window)"),
    "global": ("    total = 0\n", "    global total\n    total = 0\n"),
}
