"""The real tools: how each is asked, here (`tools`) or in a process of its own (`apart`)."""
