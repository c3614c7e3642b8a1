"""`python -m huaxiang`: the command line, where no `huaxiang` is on the path."""

from huaxiang.cli import main

if __name__ == "__main__":
    main()
