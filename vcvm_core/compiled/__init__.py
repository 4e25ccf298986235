"""The compiled tier. Takes an `Image`; gives its functions as Python functions, with the effect of the interpreter."""

from vcvm_core.compiled.tier import Tier as Tier
from vcvm_core.compiled.tier import tier_of as tier_of
