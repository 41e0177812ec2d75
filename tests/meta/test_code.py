from __future__ import annotations

import ast

from tests.meta import source

pytestmark = source.ON_ONE_WORKER

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
MIGRATES = {"alembic", "flask_migrate"}
EXPLAINED = ("app/core/", "app/domain/", "app/workflow/", "app/read/")


def test_only_core_db_commits() -> None:
    found = [
        f"{file.path}:{node.lineno}"
        for file in source.python()
        for node in file.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
        if file.path != "app/core/db/phases.py"
        and file.path.startswith("app/")
        and not file.path.startswith("sandbox/simulator/")
    ]

    assert not found


def test_ids_are_made_in_one_place() -> None:
    makers = {"uuid1", "uuid3", "uuid4", "uuid5", "uuid7", "uuid8"}

    found = [
        f"{file.path}:{node.lineno}"
        for file in source.python("app")
        if file.path != "app/core/ids.py" and not file.path.startswith("sandbox/simulator/")
        for node in file.nodes
        if (isinstance(node, ast.Attribute) and node.attr in makers)
        or (isinstance(node, ast.ImportFrom) and node.module == "uuid" and makers & {each.name for each in node.names})
    ]

    assert not found


def test_nobody_loads_alembic_who_does_not_migrate() -> None:
    found = [
        f"{file.path}:{node.lineno}"
        for file in source.python("app")
        for node in file.tree.body
        if (isinstance(node, ast.Import) and any(each.name.split(".")[0] in MIGRATES for each in node.names))
        or (isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in MIGRATES)
    ]

    assert not found


def test_nobody_assigns_a_status() -> None:
    found = [
        f"{file.path}:{node.lineno}"
        for file in source.python("app")
        if not file.path.startswith("sandbox/simulator/")
        for node in file.nodes
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute) and target.attr == "status"
    ]

    assert not found


def test_files_stay_small() -> None:
    sizes = {file.path: file.text.count("\n") for file in source.python(*source.PACKAGES, "tests", "migrations")}

    assert not {path: lines for path, lines in sizes.items() if lines > FILE_LINES_MAX and "migrations" not in path}


def test_functions_stay_small() -> None:
    found = {
        f"{file.path}:{function.name}": lines
        for file in source.python(*source.PACKAGES, "tests")
        for function in file.functions()
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES_MAX
    }

    assert not found


def test_public_functions_of_the_inner_storeys_are_explained() -> None:
    found = [
        f"{file.path}:{function.name}"
        for file in source.python("app")
        if file.path.startswith(EXPLAINED)
        for function in _public(file.tree)
        if not ast.get_docstring(function)
    ]

    assert not found


def test_functions_of_the_inner_storeys_are_typed() -> None:
    found = [
        f"{file.path}:{function.name}"
        for file in source.python("app")
        if file.path.startswith(EXPLAINED)
        for function in file.functions()
        if function.returns is None or any(argument.annotation is None for argument in _arguments(function))
    ]

    assert not found


def test_every_module_and_package_says_what_it_is() -> None:
    found = [file.path for file in source.python() if file.tree.body and not ast.get_docstring(file.tree)]

    assert not found


def test_tests_wait_on_conditions_and_never_sleep() -> None:
    found = [
        f"{file.path}:{node.lineno}"
        for file in source.python("tests")
        for node in file.nodes
        if isinstance(node, ast.Call) and source.dotted(node.func) in {"time.sleep", "sleep", "page.wait_for_timeout"}
    ]

    assert not found


def test_no_module_is_called_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}

    found = [file.path for file in source.python() if vague & set(file.path.removesuffix(".py").split("/"))]

    assert not found


def _public(tree: ast.Module) -> list[source.Function]:
    """Functions a caller can reach: of the module, and of its public classes."""
    bodies = [tree.body, *(n.body for n in tree.body if isinstance(n, ast.ClassDef) and not n.name.startswith("_"))]
    return [
        node
        for body in bodies
        for node in body
        if isinstance(node, source.Function) and not node.name.startswith("_") and not _is_trivial(node)
    ]


def _is_trivial(function: source.Function) -> bool:
    """A property or an overload says all in its name and type."""
    names = {ast.unparse(decorator).split("(")[0] for decorator in function.decorator_list}
    return bool(names & {"property", "overload", "typing.overload"})


def _arguments(function: source.Function) -> list[ast.arg]:
    spec = function.args
    every = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *filter(None, [spec.vararg, spec.kwarg])]
    return [argument for argument in every if argument.arg not in {"self", "cls"}]
