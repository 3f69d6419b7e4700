"""The network as papers draw it: volumes in proportion, branches as branches, what its document says beside them."""
