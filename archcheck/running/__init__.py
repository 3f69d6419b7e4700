"""A document's code, run in a process of its own: the parent (`observing`), what both say (`wire`), the child."""
