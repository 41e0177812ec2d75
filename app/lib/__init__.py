"""Pure helpers: no business word, no database, no web framework."""
