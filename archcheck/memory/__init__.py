"""What one call of a network takes in memory: predicted without allocating anything, and measured."""
