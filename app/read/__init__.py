"""Questions across nouns: SELECT only, one business at a time."""
