"""`published` to files: CSV that Power BI reads the same on every machine.

One transaction reads every table, so the files are of one run; `manifest.json`,
written last, names that run and tells a whole set of files from a mixed one.
"""

from __future__ import annotations

from customer360.export.exporter import ExportedFile, export

__all__ = ["ExportedFile", "export"]
