"""Assembly. Takes text, and names from headers; gives `Module`, and text again that assembles to the same bytes."""

from vcvm_core.asm.assemble import Headers as Headers
from vcvm_core.asm.assemble import assemble as assemble
from vcvm_core.asm.disassemble import disassemble as disassemble
