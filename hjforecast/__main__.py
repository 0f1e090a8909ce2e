"""`python -m hjforecast`: the command line where no script is on the path."""

from hjforecast.cli import main

if __name__ == "__main__":
    main()
