"""What a network costs in operations: one pass, every operator, each in the row of the module that runs it."""
