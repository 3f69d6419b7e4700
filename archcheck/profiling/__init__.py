"""What a network costs and how long it takes, layer by layer and as a whole, on a device.

Counting and timing disturb each other, so each has a run of its own: costs are counted on the meta device, the whole
is timed in passes that nothing watches, the layers in passes that are watched, in turn with the others; memory and
other tools come last, each tool on a copy.
"""
