"""Tests of how the pipeline is run."""
