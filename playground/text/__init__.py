"""Message texts: entities and the HTML that makes them."""
