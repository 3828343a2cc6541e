"""What a chapter's outputs depend on in the package, definition by definition.

Chapters are executed again when the code that they reach has changed, and only then. Reached is what the
cells name, what those functions and classes name in their turn, the statements that run when a module is
imported, and the data files that any of it mentions. Comments, docstrings and formatting do not count, but for
what a cell prints with ``inspect``. Where names cannot be followed (a module handed around, ``getattr``,
``import *``, ``importlib``) the whole file counts.
"""

import ast
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
DYNAMIC = {"importlib", "__import__", "globals", "eval", "exec", "getattr"}  # names that reach further than we see
SOURCE_SHOWN = {"inspect", "getsource", "__doc__", "help"}


class WithoutDocstrings(ast.NodeTransformer):
    def visit_any(self, node):
        self.generic_visit(node)
        body = node.body
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            if isinstance(body[0].value.value, str):
                node.body = body[1:] or [ast.Pass()]
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_Module = visit_any


def shape(nodes: list[ast.AST]) -> str:
    """Code without comments, formatting and line numbers."""
    return "\n".join(ast.dump(node) for node in nodes)


@dataclass
class Module:
    name: str
    path: Path
    definitions: dict[str, list[ast.AST]] = field(default_factory=dict)
    body: list[ast.AST] = field(default_factory=list)  #: what runs at import and defines no name of ours
    imports: dict[str, tuple[str, str | None]] = field(default_factory=dict)  #: local name → (module, its name)


class Package:
    """The modules of one package, parsed when asked for."""

    def __init__(self, source: Path, name: str):
        self.source, self.name = source, name
        self.modules = {}
        self.files = sorted(
            path for path in (source / name).rglob("*") if path.is_file() and "__pycache__" not in path.parts
        )
        self.data = [path for path in self.files if path.suffix != ".py"]

    def path(self, module: str) -> Path | None:
        place = self.source.joinpath(*module.split("."))
        return next((p for p in (place.with_suffix(".py"), place / "__init__.py") if p.is_file()), None)

    def module(self, name: str) -> Module:
        if name not in self.modules:
            self.modules[name] = self.parse(name)
        return self.modules[name]

    def parse(self, name: str) -> Module:
        path = self.path(name)
        tree = WithoutDocstrings().visit(ast.parse(path.read_text(encoding="utf-8"), str(path)))
        module = Module(name, path)
        for node in tree.body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                module.imports |= self.imported(node, module)
            elif isinstance(node, DEFINITIONS):
                module.definitions.setdefault(node.name, []).append(node)
                if any(self.own(decorator, module) for decorator in node.decorator_list):
                    module.body.append(node)  # a decorator of ours may keep what it decorates
            elif isinstance(node, (ast.Assign, ast.AnnAssign)) and (names := targets(node)):
                for target in names:
                    module.definitions.setdefault(target, []).append(node)
            else:
                module.body.append(node)
        return module

    def own(self, node: ast.AST, module: Module) -> bool:
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        return any(name in module.definitions or name in module.imports for name in names)

    def imported(self, node: ast.Import | ast.ImportFrom, module: Module | None = None) -> dict:
        """The names that an import statement binds to something of the package."""
        found = {}
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == self.name:
                    bound = (alias.name, None) if alias.asname else (self.name, None)
                    found[alias.asname or self.name] = bound
            return found
        base = node.module or ""
        if node.level and module:
            parts = module.name.split(".")
            parts = parts[: len(parts) - node.level + (module.path.name == "__init__.py")]
            base = ".".join([*parts, *filter(None, [base])])
        if base.split(".")[0] != self.name:
            return found
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            bound = (inner, None) if self.path(inner) else (base, alias.name)
            found[alias.asname or alias.name] = bound
        return found


def targets(node: ast.Assign | ast.AnnAssign) -> list[str]:
    """The names that an assignment defines; none if it also writes into something."""
    found = []
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        for part in target.elts if isinstance(target, ast.Tuple) else [target]:
            if not isinstance(part, ast.Name):
                return []
            found.append(part.id)
    return found


class Reach:
    """Follows names from some code through the package."""

    def __init__(self, package: Package):
        self.package = package
        self.items: set[tuple[str, str]] = set()  #: (module, definition), (module, "") its body, (module, "*") all
        self.strings: set[str] = set()
        self.todo = []

    def add(self, module: str, name: str) -> None:
        if (module, name) not in self.items:
            self.items.add((module, name))
            self.todo.append((module, name))

    def add_import(self, module: str) -> None:
        """What importing a module runs: its body, and that of the packages around it."""
        parts = module.split(".")
        for depth in range(1, len(parts) + 1):
            if self.package.path(outer := ".".join(parts[:depth])):
                self.add(outer, "")

    def follow(self, nodes: list[ast.AST], module: Module | None) -> None:
        """Add what some code names."""
        names = dict(module.imports) if module else {}
        every = [node for top in nodes for node in ast.walk(top)]
        for node in every:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names |= (bound := self.package.imported(node, module))
                for target, _ in bound.values():
                    self.add_import(target)
                if "*" in bound:
                    self.add(bound["*"][0], "*")
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.strings.add(node.value)
        handled = set()
        for node in every:
            if isinstance(node, ast.Attribute) and (chain := dotted(node)) and chain[0] in names:
                root = node
                while isinstance(root, ast.Attribute):
                    root = root.value
                if id(root) not in handled:
                    handled.add(id(root))
                    self.resolve(names[chain[0]], chain[1:])
        for node in every:
            if isinstance(node, ast.Name) and id(node) not in handled:
                if node.id in names:
                    self.resolve(names[node.id], [])
                elif module and node.id in module.definitions:
                    self.add(module.name, node.id)
                elif node.id in ("importlib", "__import__"):
                    for path in self.package.files:
                        if path.suffix == ".py":
                            self.add(self.dotted_name(path), "*")
                elif module and node.id in ("globals", "eval", "exec"):
                    self.add(module.name, "*")

    def dotted_name(self, path: Path) -> str:
        parts = path.relative_to(self.package.source).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def resolve(self, bound: tuple[str, str | None], attributes: list[str]) -> None:
        """What a bound name and the attributes after it mean."""
        module, name = bound
        self.add_import(module)
        if name is not None:
            self.add(module, name)
            return
        while attributes and not self.binds(module, attributes[0]) and self.package.path(f"{module}.{attributes[0]}"):
            module, attributes = f"{module}.{attributes[0]}", attributes[1:]
            self.add_import(module)
        self.add(module, attributes[0] if attributes else "*")

    def binds(self, module: str, name: str) -> bool:
        """Whether a module has that name itself; a function goes before a file beside it that is called alike."""
        found = self.package.module(module)
        return name in found.definitions or found.imports.get(name, ("", None))[1] is not None

    def run(self) -> None:
        while self.todo:
            name, definition = self.todo.pop()
            if self.package.path(name) is None:
                continue
            module = self.package.module(name)
            if definition == "*":
                self.follow([*module.body, *(n for nodes in module.definitions.values() for n in nodes)], module)
                for bound in module.imports.values():
                    self.resolve(bound, [])
            elif definition == "":
                for target, _ in module.imports.values():
                    self.add_import(target)
                self.follow(module.body, module)
            elif definition in module.definitions:
                self.follow(module.definitions[definition], module)
            elif definition in module.imports:
                self.resolve(module.imports[definition], [])
            else:
                self.add(name, "*")

    def data(self) -> list[Path]:
        """The data files that the reached code mentions by name; all of a folder that it names without a file."""
        named = [path for path in self.package.data if path.name in self.strings]
        folders = {path.parent for path in self.package.data}
        for folder in folders:
            dotted_folder = ".".join(folder.relative_to(self.package.source).parts)
            mentioned = dotted_folder in self.strings or any(module == dotted_folder for module, _ in self.items)
            if mentioned and not any(path.parent == folder for path in named):
                named += [path for path in self.package.data if path.parent == folder]
        return sorted(set(named))


def dotted(node: ast.AST) -> list[str]:
    """``a.b.c`` as its names; empty for anything else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return [node.id, *parts] if isinstance(node, ast.Name) else []


def fingerprint(codes: list[str], found: Package) -> tuple[str, set[str]]:
    """A hash of all in the package that some cells depend on, and the modules that they reach.

    Args:
        codes: the cells as Python.
        found: the package.
    """
    tree = [ast.parse(code) for code in codes]
    reach = Reach(found)
    reach.follow(tree, None)
    direct = set(reach.items)
    reach.run()
    key = hashlib.sha256()
    names = {node.id for top in tree for node in ast.walk(top) if isinstance(node, ast.Name)}
    names |= {node.attr for top in tree for node in ast.walk(top) if isinstance(node, ast.Attribute)}
    for name, definition in sorted(reach.items):
        if found.path(name) is None:
            continue
        module = found.module(name)
        if definition == "*":
            text = shape(module.body) + shape([n for nodes in module.definitions.values() for n in nodes])
        elif definition == "":
            text = shape(module.body)
        else:
            text = shape(module.definitions.get(definition, []))
        text += repr(sorted(module.imports.items())) if definition in ("", "*") else ""
        if names & SOURCE_SHOWN and (name, definition) in direct and definition:
            text += module.path.read_text(encoding="utf-8")
        key.update(f"{name}\0{definition}\0{text}\0".encode())
    for path in reach.data():
        key.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return key.hexdigest(), {name for name, _ in reach.items}
