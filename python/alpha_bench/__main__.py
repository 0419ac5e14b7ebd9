"""``python -m alpha_bench``: the same as the program ``alpha_bench``."""

from alpha_bench.cli import program

if __name__ == "__main__":
    program()
