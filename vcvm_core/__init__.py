"""vcvm: run other people's small programs inside your application, and let them do nothing but compute.

Takes programs (bytes, files) and a host; gives callables, and errors that say what was refused and why.

    from vcvm_core import VM
    from vcvm_core.plugin import installed

    accept = VM(hosts=installed()).load("signup.vcvm").function("accept")
"""

from vcvm_core.errors import ApiError as ApiError
from vcvm_core.errors import CompileError as CompileError
from vcvm_core.errors import Diagnostic as Diagnostic
from vcvm_core.errors import FileError as FileError
from vcvm_core.errors import FormatError as FormatError
from vcvm_core.errors import InternalError as InternalError
from vcvm_core.errors import IntrinsicError as IntrinsicError
from vcvm_core.errors import LimitExceeded as LimitExceeded
from vcvm_core.errors import LinkError as LinkError
from vcvm_core.errors import ManifestError as ManifestError
from vcvm_core.errors import PackError as PackError
from vcvm_core.errors import Place as Place
from vcvm_core.errors import RunError as RunError
from vcvm_core.errors import Trap as Trap
from vcvm_core.errors import ValueRefused as ValueRefused
from vcvm_core.errors import VcvmError as VcvmError
from vcvm_core.errors import VerifyError as VerifyError
from vcvm_core.limits import Limits as Limits
from vcvm_core.link import HostTable as HostTable
from vcvm_core.link import LibraryArrays as LibraryArrays
from vcvm_core.link import LinkReport as LinkReport
from vcvm_core.link import Offer as Offer
from vcvm_core.runtime import Machine as Machine
from vcvm_core.vm import VM as VM
from vcvm_core.vm import Program as Program
