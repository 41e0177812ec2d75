"""Files that were made of lists, fetched by their links."""
