"""Use cases, one verb a file: the only place where nouns meet, and the only place that opens a phase."""
