"""Benchmarks: what vcvm costs, as a ratio to the same work in plain Python. README.md says how to read and extend them.

``python -m bench`` runs them, with this folder's parent on the path; `tox -e bench` does that.
"""
