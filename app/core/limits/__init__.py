"""How much may be asked, and what happens to what keeps failing."""
