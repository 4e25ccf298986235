"""Running a linked program. Takes an `Image` and arguments; gives results, or a trap with its place."""

from vcvm_core.runtime.code import Codes as Codes
from vcvm_core.runtime.interp import Machine as Machine
