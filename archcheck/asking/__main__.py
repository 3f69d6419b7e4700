"""`python -m archcheck.asking`: the process of its own in which a tool is asked."""

from archcheck.asking.apart import main

if __name__ == "__main__":
    main()
