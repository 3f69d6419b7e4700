"""One page in one file: the verdicts, every layer and what it costs, as tables and charts, without a network."""
