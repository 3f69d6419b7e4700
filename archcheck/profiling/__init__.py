"""What a network costs and how long it takes, layer by layer and as a whole, on a device.

Counting and timing disturb each other, so each has a run of its own: costs come from the rules, shapes from one
watched pass, the whole's time from a model that nothing instruments, the layers' times from a run under hooks,
and other tools are asked last, each on a copy.
"""
