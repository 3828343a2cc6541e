"""What a page's source says beside its code: formulas, quizzes, and the facts in its prose."""

import io
import re
import tokenize

from booksite import chapters

CODE = re.compile(r"^(`{3,})\{code-cell\}.*?^\1$", re.M | re.S)
HEADER = re.compile(r"\A---\n.*?\n---\n", re.S)
QUIZ = re.compile(r"^```\{quiz\}\n(?::answer: \S+\n)?(.*?)^```", re.M | re.S)
FORMULA = re.compile(
    r"^`{3,}\{math\}\n(.*?)^`{3,}|\$\$(.*?)\$\$|(\\begin\{(align|equation)\*?\}.*?\\end\{\4\*?\})", re.M | re.S
)
FACT = re.compile(
    r"\{(?:glue:|cite:\w+|eq|numref|term|ref|fig)\}`[^`]+`"  # a number of the code's, a source, a term
    r"|\]\([^()\s]+\)|<https?://[^>]+>"  # where a link leads
    r"|\$[^$]+\$"
    r"|(?<!`)`[^`\n]+`(?!`)"  # code
    r"|\b[A-Za-z-]*(?:[a-z][A-Z]|[A-Za-z]\d)[\w-]*"  # names: conv3, ResNet-50, MobileNetV2
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve|half|quarters?|thirds?|twice|times|hundred|thousand|million)\b"
    r"|(?<![\w.])[-−]?\d[\d,.]*(?:e-?\d+)?(?:[  ]?(?:[×:/%–]|per cent\b)[  ]?\d*[\d,.]*)*(?:[  ][A-Za-z]+)?"
)  # a typed number, with its unit


def prose(text: str) -> str:
    """A page's text without its header and cells."""
    return CODE.sub("", HEADER.sub("", text))


def formulas(text: str) -> list[str]:
    """The displayed formulas."""
    found = (match[1] or match[2] or match[3] for match in FORMULA.finditer(prose(text)))
    return [" ".join(formula.split()) for formula in found]


def quizzes(text: str) -> dict[str, str]:
    """Question → the option that is marked as right."""
    found = {}
    for question in QUIZ.findall(prose(text)):
        asked, *options = re.split(r"(?m)^- \[", question)
        right = [option[3:].split(" :: ")[0] for option in options if option.startswith("x")]
        found[" ".join(asked.split())] = " ".join(" ".join(right).split())
    return found


def terms(text: str) -> dict[str, str]:
    """Term → its definition, of a glossary."""
    found = re.findall(r"(?m)^(\S.*)\n  (\S.*)$", "".join(re.findall(r"(?s):::\{glossary\}(.*?):::", text)))
    return dict(found)


def comments(code: str) -> list[str]:
    """The comments of a cell that say a number: a shape, a count, a duration."""
    tokens = tokenize.generate_tokens(io.StringIO(chapters.python(code)).readline)
    found = [token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT]
    return [comment for comment in found if re.search(r"\d", comment)]


def facts(text: str) -> dict[str, list[str]]:
    """What a prose says that could be wrong, by heading: numbers with units, formulas, code, names, sources, links."""
    plain = FORMULA.sub("", prose(text))
    parts = re.split(r"(?m)^#+ (.+)$", plain)
    found = {}
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        body = re.sub(r"(?m)^:\w+:.*$|^\d+\. ", "", body)  # options and counts of lists
        facts = [" ".join(fact.removeprefix("](").split()) for fact in FACT.findall(f"{heading}\n{body}")]
        facts = [fact.removesuffix(")") if "(" not in fact else fact for fact in facts]
        if facts:
            found.setdefault(heading, []).extend(facts)
    return found
