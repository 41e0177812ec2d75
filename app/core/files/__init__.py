"""Files: kept, read in confinement, drawn and written."""
