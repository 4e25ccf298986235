"""``python -m vcvm_core``: the command ``vcvm`` where its script is not on the path."""

from vcvm_core.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
