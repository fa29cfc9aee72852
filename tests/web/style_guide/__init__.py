"""A page with every component in every state, for eyes and for axe; no part of the product."""
