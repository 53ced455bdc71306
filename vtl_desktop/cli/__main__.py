"""`python -m vtl_desktop.cli`."""

from vtl_desktop.cli.main import main

if __name__ == "__main__":
    main()
