"""``python -m nbcode`` is ``nbcode``."""

from nbcode.cli import main

if __name__ == "__main__":
    main()
