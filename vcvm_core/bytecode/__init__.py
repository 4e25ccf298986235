"""Programs as bytes and as a model. Takes bytes from anyone, or tables from a compiler; gives `Module`, and bytes."""

from vcvm_core.bytecode.builder import FunctionContext as FunctionContext
from vcvm_core.bytecode.builder import FunctionDraft as FunctionDraft
from vcvm_core.bytecode.builder import ModuleBuilder as ModuleBuilder
from vcvm_core.bytecode.codec import MAGIC_1 as MAGIC_1
from vcvm_core.bytecode.codec import content_hash as content_hash
from vcvm_core.bytecode.codec import decode as decode
from vcvm_core.bytecode.codec import encode as encode
from vcvm_core.bytecode.format0 import MAGIC_0 as MAGIC_0
from vcvm_core.bytecode.format0 import module0 as module0
from vcvm_core.bytecode.instructions import encode_word as encode_word
from vcvm_core.bytecode.instructions import instruction as instruction
from vcvm_core.bytecode.model import Debug as Debug
from vcvm_core.bytecode.model import Extern as Extern
from vcvm_core.bytecode.model import Function as Function
from vcvm_core.bytecode.model import FunctionDebug as FunctionDebug
from vcvm_core.bytecode.model import Import as Import
from vcvm_core.bytecode.model import Instruction as Instruction
from vcvm_core.bytecode.model import Library as Library
from vcvm_core.bytecode.model import Module as Module
from vcvm_core.bytecode.reader import bad_name as bad_name
from vcvm_core.bytecode.sections import DECLARABLE as DECLARABLE
from vcvm_core.bytecode.sections import constant_type as constant_type
from vcvm_core.bytecode.walk import Walk as Walk
from vcvm_core.bytecode.walk import leaders as leaders
from vcvm_core.bytecode.walk import successors as successors
from vcvm_core.bytecode.walk import walk as walk
