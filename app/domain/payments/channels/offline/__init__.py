"""Bank transfers: no company outside. The buyer reads where to send the money; people find out whether it came."""
