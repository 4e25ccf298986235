"""Between a program and its hosts: observers, tapes, stand-ins. Takes a `HostTable`; gives one that stands around it."""

from vcvm_core.hosting.observers import Watch as Watch
from vcvm_core.hosting.record import Recorder as Recorder
from vcvm_core.hosting.replay import Replay as Replay
from vcvm_core.hosting.standin import StandIn as StandIn
from vcvm_core.hosting.standin import StoodIn as StoodIn
from vcvm_core.hosting.table import Layer as Layer
from vcvm_core.hosting.tape import TAPE_BYTES as TAPE_BYTES
from vcvm_core.hosting.tape import Tape as Tape
from vcvm_core.hosting.tape import TapeCall as TapeCall
from vcvm_core.hosting.tape import TapeRow as TapeRow
from vcvm_core.hosting.tape import decode_tape as decode_tape
from vcvm_core.hosting.tape import program_digest as program_digest
