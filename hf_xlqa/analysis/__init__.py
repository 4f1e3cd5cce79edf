"""What trained models hold inside: frozen states, and what can be read off them."""
