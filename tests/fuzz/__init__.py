"""Coverage-guided fuzzing: what vcvm promises for any input at all, held against inputs made to break it. See README.md.

``python -m fuzz`` runs it, with this folder's parent on the path; `tox -e fuzz` does that.
"""
