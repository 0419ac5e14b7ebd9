"""What every test needs: a Ctrl-C that works in the processes that tests start, and a state folder of its own.

A shell that runs the tests in the background has SIGINT ignored, and programs inherit that: the tests of interrupts would wait
for ever. What is trusted and sealed in tests is not the business of whoever runs them.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile

from hypothesis import HealthCheck, settings

os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="nbcode-test-state-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
