"""What a quant does today with papermill and MLflow: run the whole notebook, log its figures, register a version.

Usage: papermill_mlflow.py NOTEBOOK DIRECTORY. No snapshot, no spec, no isolation, no verification: the bare job.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(notebook: str, directory: Path) -> None:
    start = time.perf_counter()
    import papermill

    papermill.execute_notebook(notebook, str(directory / "executed.ipynb"), cwd=directory, progress_bar=False)
    ran = time.perf_counter()
    import mlflow
    from mlflow.tracking import MlflowClient

    mlflow.set_tracking_uri(f"sqlite:///{directory}/mlflow.db")
    client = MlflowClient()
    experiment = client.create_experiment("bench", artifact_location=str(directory / "artifacts"))
    run = client.create_run(experiment)
    client.log_metric(run.info.run_id, "done", 1.0)
    client.log_artifact(run.info.run_id, str(directory / "executed.ipynb"))
    client.create_registered_model("xsmom_v3")
    version = client.create_model_version("xsmom_v3", f"{run.info.artifact_uri}", run.info.run_id)
    client.set_registered_model_alias("xsmom_v3", "candidate", version.version)
    registered = time.perf_counter()
    print(json.dumps({"run": ran - start, "register": registered - ran}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
