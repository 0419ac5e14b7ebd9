"""Real servers of a team on one machine: PostgreSQL, S3, and MLflow on both. ``make team-servers FOLDER=...`` and the test cluster start them."""
