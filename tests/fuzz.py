"""Fuzzes the library: python tests/fuzz.py --minutes 60 (pip install atheris makes it cleverer)."""

from fuzzing.runner import main

if __name__ == "__main__":
    main()
