"""Inside the sandbox: ``python -s -P -c <this text> PLAN``. Begins the kernel before this process imports anything else.

On two cores the kernel's imports and papermill's go on at the same time; every import before this would delay the first cell.
"""

import json
import os
import secrets
import subprocess
import sys

_PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")


def main() -> int:
    """Start the kernel, then run the plan; 0 when a result manifest was written."""
    plan = sys.argv[1]
    with open(plan, "rb") as stream:  # noqa: PTH123
        scratch = json.load(stream)["scratch"]
    connection = os.path.join(scratch, "k.json")  # noqa: PTH118
    # Sockets under the scratch directory: a UNIX socket's path has at most 107 bytes.
    info = {name: number for number, name in enumerate(_PORTS, 1)} | {
        "ip": os.path.join(scratch, "k"),  # noqa: PTH118
        "transport": "ipc",
        "key": secrets.token_hex(16),
        "signature_scheme": "hmac-sha256",
        "kernel_name": "python3",
    }
    descriptor = os.open(connection, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(info, out)
    with open(os.path.join(scratch, "kernel.log"), "wb") as log:  # noqa: PTH118, PTH123
        process = subprocess.Popen(
            [sys.executable, "-s", "-P", "-B", "-m", "nbcode.run._kernel", connection, plan],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | {"JPY_PARENT_PID": str(os.getpid())},
        )
    from pathlib import Path

    from nbcode.run._execute import main as execute
    from nbcode.run._papermill import Kernel

    return execute(Path(plan), Kernel(process, Path(connection), info))


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is written; to take papermill and its modules apart would cost a tenth of a second.
    os._exit(code)
