"""Every error that vcvm can report: a table of rows, one record, one family of exceptions.

Takes a kind (a stable slug such as ``truncated``), a place and the values that disagreed; gives a `Diagnostic`, and an
exception that carries one or more of them. Each row also has a stable code, ``VC`` and three digits; programs and tests
compare codes and kinds, never prose. Refuses nothing.
"""

from __future__ import annotations

from vcvm_core.errors.families import ApiError as ApiError
from vcvm_core.errors.families import CompileError as CompileError
from vcvm_core.errors.families import FileError as FileError
from vcvm_core.errors.families import FormatError as FormatError
from vcvm_core.errors.families import InternalError as InternalError
from vcvm_core.errors.families import IntrinsicError as IntrinsicError
from vcvm_core.errors.families import LimitExceeded as LimitExceeded
from vcvm_core.errors.families import LinkError as LinkError
from vcvm_core.errors.families import ManifestError as ManifestError
from vcvm_core.errors.families import PackError as PackError
from vcvm_core.errors.families import RunError as RunError
from vcvm_core.errors.families import Trap as Trap
from vcvm_core.errors.families import Unanswered as Unanswered
from vcvm_core.errors.families import ValueRefused as ValueRefused
from vcvm_core.errors.families import VcvmError as VcvmError
from vcvm_core.errors.families import VerifyError as VerifyError
from vcvm_core.errors.passing import foreign as foreign
from vcvm_core.errors.passing import owner_of as owner_of
from vcvm_core.errors.passing import passes as passes
from vcvm_core.errors.records import NOWHERE as NOWHERE
from vcvm_core.errors.records import SHOWN as SHOWN
from vcvm_core.errors.records import Diagnostic as Diagnostic
from vcvm_core.errors.records import Place as Place
from vcvm_core.errors.records import class_name as class_name
from vcvm_core.errors.records import clean as clean
from vcvm_core.errors.records import error as error
from vcvm_core.errors.records import refusal as refusal
from vcvm_core.errors.table import AREAS as AREAS
from vcvm_core.errors.table import ERRORS as ERRORS
from vcvm_core.errors.table import Row as Row
