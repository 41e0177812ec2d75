"""The objects of the JSON interface. A list takes the key of the last row seen and answers one row more than asked."""
