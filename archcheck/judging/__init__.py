"""What a document says of shapes x what the run of its code showed -> verdicts."""
