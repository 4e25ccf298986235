"""Where a run's fuel and time go. Takes a `Program` and a call; gives a `Profile`, and it as text or as a flame graph."""

from vcvm_core.profile.figures import FunctionRow as FunctionRow
from vcvm_core.profile.figures import IntrinsicRow as IntrinsicRow
from vcvm_core.profile.figures import LineRow as LineRow
from vcvm_core.profile.figures import Path as Path
from vcvm_core.profile.figures import Profile as Profile
from vcvm_core.profile.flame import flame as flame
from vcvm_core.profile.observe import profile as profile
from vcvm_core.profile.text import text as text
