"""Partners: whom a business shares its revenue with. Table `partners`, `active ⇄ suspended → closed`."""
