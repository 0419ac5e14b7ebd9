"""What every test needs: a Ctrl-C that works in the processes that tests start.

A shell that runs the tests in the background has SIGINT ignored, and programs inherit that: the tests of interrupts would wait
for ever.
"""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
