"""Methods that several subjects extend: named, in the right order, and called."""

import ast
import inspect
import sys
import textwrap
from collections import defaultdict

from odoo.tests import TransactionCase, tagged

MODULE = "odoo.addons.ar_followup_plus."
#: More would hide again what a model does.
MOST_HOOKS = 15


@tagged("post_install", "-at_install")
class TestHooks(TransactionCase):
    def _defined_twice(self):
        """Return ``{(model, method): [function]}``, the base first."""
        found = {}
        for name, cls in self.env.registry.items():
            bodies = defaultdict(list)
            for part in reversed(cls.__mro__):
                if not part.__module__.startswith(MODULE) or part._name != name:
                    continue  # a mixin is another model
                for method, function in vars(part).items():
                    if inspect.isfunction(function):
                        bodies[method].append(function)
            found.update(
                ((name, method), functions)
                for method, functions in bodies.items()
                if len(functions) > 1
            )
        return found

    def test_only_named_hooks_are_defined_twice(self):
        twice = self._defined_twice()
        self.assertIn(("ar.notice", "_text_extra"), twice)
        for (model, method), functions in twice.items():
            package = sys.modules[functions[0].__module__.rpartition(".")[0]]
            self.assertIn(f"`{model}.{method}`", package.__doc__)
            self.assertTrue(
                (functions[0].__doc__ or "").startswith("Hook: "),
                f"{model}.{method}: its base is not the first that is imported",
            )
        self.assertLessEqual(len(twice), MOST_HOOKS)

    def test_each_extension_calls_the_others(self):
        for (model, method), functions in self._defined_twice().items():
            for function in functions[1:]:
                tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
                calls = {
                    node.func.attr
                    for node in ast.walk(tree)
                    if isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Call)
                    and getattr(node.func.value.func, "id", "") == "super"
                }
                self.assertIn(method, calls, f"{model}.{method}")
