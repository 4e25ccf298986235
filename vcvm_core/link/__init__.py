"""The linker. Takes a `VerifiedModule` and a `HostTable`; gives an `Image`, or one report with every verdict."""

from vcvm_core.link.hosts import FunctionHosts as FunctionHosts
from vcvm_core.link.hosts import HostTable as HostTable
from vcvm_core.link.hosts import LibraryArrays as LibraryArrays
from vcvm_core.link.hosts import NoHosts as NoHosts
from vcvm_core.link.hosts import Offer as Offer
from vcvm_core.link.hosts import PackState as PackState
from vcvm_core.link.hosts import Provider as Provider
from vcvm_core.link.hosts import owner as owner
from vcvm_core.link.image import Binding as Binding
from vcvm_core.link.image import Image as Image
from vcvm_core.link.image import LibraryFile as LibraryFile
from vcvm_core.link.image import LinkedModule as LinkedModule
from vcvm_core.link.image import check as check
from vcvm_core.link.image import link as link
from vcvm_core.link.report import LinkReport as LinkReport
from vcvm_core.link.report import Verdict as Verdict
from vcvm_core.link.resolve import EVERYTHING as EVERYTHING
from vcvm_core.link.resolve import Everything as Everything
from vcvm_core.link.resolve import allowed as allowed
from vcvm_core.link.resolve import resolve as resolve
from vcvm_core.link.succession import Kept as Kept
from vcvm_core.link.succession import Rewrite as Rewrite
from vcvm_core.link.succession import Succession as Succession
from vcvm_core.link.succession import succeed as succeed
from vcvm_core.link.upgrade import upgrade as upgrade
from vcvm_core.link.versions import version_key as version_key
