"""`python -m archcheck.running`: the process of its own in which a document's code runs."""

from __future__ import annotations

import sys

from archcheck.running.limits import end_with_parent, leave_network
from archcheck.running.wire import request_of


def main() -> None:
    """Do what is asked on stdin; records go to stdout, and nothing else does.

    With a number as argument, be the process that forks, and in each fork do so.
    """
    if len(sys.argv) > 1:
        from archcheck.running.forking import become_one

        become_one(int(sys.argv[1]))
    else:
        end_with_parent()
    request = request_of(sys.stdin.read())
    leave_network(request.plan)  # PyTorch starts threads, after which the kernel refuses
    from archcheck.running.child import bound, serve

    serve(request, bound)


if __name__ == "__main__":
    main()
