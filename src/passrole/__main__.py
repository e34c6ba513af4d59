"""`python -m passrole` runs the command line."""

from passrole.cli.main import run

if __name__ == "__main__":
    run()
