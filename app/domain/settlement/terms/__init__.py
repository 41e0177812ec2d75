"""Calendars that terms of settlement count by. Table `holidays`, which a business fills."""
