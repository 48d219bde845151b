"""What must survive: kill -9 of the pipeline and of its database, in mid-run."""
