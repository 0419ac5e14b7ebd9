"""Put on PYTHONPATH, it sends this process a signal at a step of the interpreter's own telling, so that a test needs no clock.

``SIGNAL_AT=<signal>:<module>`` at the import of a module, ``SIGNAL_AT=<signal>:#<n>`` at the n-th audit event (an import, an
opened file, a started process) after the program's first own import, ``SIGNAL_AT=<signal>:@<function>`` when the main thread waits in a
function of that name.
"""

import os
import signal
import sys
import threading
import time

_number, _, _step = os.environ.pop("SIGNAL_AT", "").partition(":")
_left = int(_step[1:]) if _step.startswith("#") else -1
_begun = _sent = False


def _look(event, arguments):
    global _left, _begun, _sent
    if _sent:
        return
    if event == "import" and arguments[0] == "nbcode.cli.application":
        _begun = True
    if _left >= 0 and _begun:
        _left -= 1
    if (event == "import" and arguments[0] == _step) or (_left == 0 and _begun):
        _sent = True
        os.kill(os.getpid(), getattr(signal, f"SIG{_number}"))


def _watch(function):
    main = threading.main_thread().ident
    while sys._current_frames()[main].f_code.co_name != function:
        time.sleep(0.01)
    os.kill(os.getpid(), getattr(signal, f"SIG{_number}"))


if _step.startswith("@"):
    threading.Thread(target=_watch, args=(_step[1:],), daemon=True).start()
elif _number:
    sys.addaudithook(_look)
