"""The instruction set: the table of opcodes, and their typed effect. Takes numbers and names; gives rows."""

from vcvm_core.isa.effects import Context as Context
from vcvm_core.isa.effects import Misfit as Misfit
from vcvm_core.isa.effects import apply as apply
from vcvm_core.isa.effects import branch_stack as branch_stack
from vcvm_core.isa.effects import picture as picture
from vcvm_core.isa.lookup import BY_CODE as BY_CODE
from vcvm_core.isa.lookup import BY_NAME as BY_NAME
from vcvm_core.isa.lookup import FOUNDING as FOUNDING
from vcvm_core.isa.opcodes import OPCODES as OPCODES
from vcvm_core.isa.opcodes import Op as Op
from vcvm_core.isa.operands import KINDS as KINDS
from vcvm_core.isa.operands import SHAPES as SHAPES
