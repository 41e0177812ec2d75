"""Pages, as people without JavaScript see them."""
