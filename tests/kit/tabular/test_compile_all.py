"""What the set-up compiles is what scoring and explaining call."""

from numba.core.registry import CPUDispatcher

from galena.kit.tabular import additive, net, shap_kernels, shap_one_row, shap_tables, tree_masks, trees
from galena.kit.tabular.compile_all import compile_all

MODULES = (additive, net, shap_kernels, shap_one_row, shap_tables, tree_masks, trees)


def test_every_compiled_function_is_called() -> None:
    compile_all()
    own = [
        (module.__name__, name, value)
        for module in MODULES
        for name, value in vars(module).items()
        if isinstance(value, CPUDispatcher)
        and value.py_func.__module__ == module.__name__
        # steps that are written into their callers, or called by compiled functions alone
        and name not in {"_slope", "fill_keys"}
        and value.targetoptions.get("inline") != "always"
    ]
    assert len(own) >= 9
    assert [(where, name) for where, name, value in own if not value.signatures] == []
