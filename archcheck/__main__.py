"""`python -m archcheck`: the same as `archcheck`."""

from archcheck.cli.app import main

if __name__ == "__main__":
    main()
