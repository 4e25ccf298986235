"""The verifier. Takes a `Module` that anyone may have made; gives a `VerifiedModule`, which only it can make."""

from vcvm_core.verify.stack import verify as verify
from vcvm_core.verify.verified import Block as Block
from vcvm_core.verify.verified import Facts as Facts
from vcvm_core.verify.verified import VerifiedModule as VerifiedModule
