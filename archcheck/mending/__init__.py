"""Documents mended: stated shapes that are wrong are rewritten, and lines that state none get a shape comment."""
