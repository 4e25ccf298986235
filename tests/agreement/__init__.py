"""The agreement of the tiers: random programs that must end alike on the interpreter and compiled. See README.md."""
