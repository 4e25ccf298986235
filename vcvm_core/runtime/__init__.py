"""Running a linked program. Takes an `Image` and arguments; gives results, or a trap with its place."""

from vcvm_core.runtime.code import Code as Code
from vcvm_core.runtime.code import Codes as Codes
from vcvm_core.runtime.hostcall import bad_result as bad_result
from vcvm_core.runtime.hostcall import constant_cost as constant_cost
from vcvm_core.runtime.hostcall import effective as effective
from vcvm_core.runtime.hostcall import giver as giver
from vcvm_core.runtime.hostcall import holder as holder
from vcvm_core.runtime.hostcall import raised as raised
from vcvm_core.runtime.interp import Machine as Machine
from vcvm_core.runtime.interp import admit as admit
from vcvm_core.runtime.interp import admitted as admitted
from vcvm_core.runtime.interp import fault as fault
from vcvm_core.runtime.interp import lowered as lowered
from vcvm_core.runtime.interp import positional as positional
from vcvm_core.runtime.meter import Meter as Meter
from vcvm_core.runtime.steps import NAMES as NAMES
