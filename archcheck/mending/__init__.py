"""Documents mended: what they state that is not so is rewritten as it is, and what nothing states is said."""
