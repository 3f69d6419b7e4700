"""The spec format: YAML text -> frozen records. No torch, no shapes worked out: only what the file says."""
