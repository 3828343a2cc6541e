"""The bibliography against a second record, typed from the papers; and what the chapters say of years and authors."""

import re

import pytest
from pybtex.database import parse_file

from insidecnn.history import FAMILIES
from tests.conftest import BOOK

# key: (year, a word of the venue, first author, last author, how many authors)
RECORD = {
    "alain2016": (2017, "ICLR", "Alain", "Bengio", 2),
    "alpaydin1998": (1998, "UCI", "Alpaydin", "Kaynak", 2),
    "asano2020": (2020, "ICLR", "Asano", "Vedaldi", 3),
    "azulay2019": (2019, "Machine Learning Research", "Azulay", "Weiss", 2),
    "bernardin2008": (2008, "EURASIP", "Bernardin", "Stiefelhagen", 2),
    "bewley2016": (2016, "ICIP", "Bewley", "Upcroft", 5),
    "blanchard2021": (2021, "IMA Journal", "Blanchard", "Higham", 3),
    "cao2017": (2017, "CVPR", "Cao", "Sheikh", 4),
    "cao2021": (2021, "Pattern Analysis", "Cao", "Sheikh", 5),
    "chellapilla2006": (2006, "Handwriting", "Chellapilla", "Simard", 3),
    "chen2020": (2020, "ICML", "Chen", "Hinton", 4),
    "coates2012": (2012, "Tricks of the Trade", "Coates", "Ng", 2),
    "dalal2005": (2005, "CVPR", "Dalal", "Triggs", 2),
    "dosovitskiy2014": (2014, "Neural Information Processing", "Dosovitskiy", "Brox", 4),
    "dumoulin2016": (2016, "arXiv", "Dumoulin", "Visin", 2),
    "efron2004": (2004, "Annals of Statistics", "Efron", "Tibshirani", 4),
    "everingham2010": (2010, "Computer Vision", "Everingham", "Zisserman", 5),
    "everingham2015": (2015, "Computer Vision", "Everingham", "Zisserman", 6),
    "feichtenhofer2019": (2019, "ICCV", "Feichtenhofer", "He", 4),
    "friedman1991": (1991, "Annals of Statistics", "Friedman", "Friedman", 1),
    "fukushima1980": (1980, "Biological Cybernetics", "Fukushima", "Fukushima", 1),
    "gidaris2018": (2018, "ICLR", "Gidaris", "Komodakis", 3),
    "girshick2015": (2015, "ICCV", "Girshick", "Girshick", 1),
    "glorot2011": (2011, "AISTATS", "Glorot", "Bengio", 3),
    "goodfellow2016": (2016, "MIT Press", "Goodfellow", "Courville", 3),
    "he2015": (2015, "ICCV", "He", "Sun", 4),
    "he2016": (2016, "CVPR", "He", "Sun", 4),
    "he2017": (2017, "ICCV", "He", "Girshick", 4),
    "howard2017": (2017, "arXiv", "Howard", "Adam", 8),
    "howard2019": (2019, "ICCV", "Howard", "Adam", 12),
    "hu2018": (2018, "CVPR", "Hu", "Sun", 3),
    "huang2017": (2017, "CVPR", "Huang", "Weinberger", 4),
    "iandola2016": (2016, "arXiv", "Iandola", "Keutzer", 6),
    "ioffe2015": (2015, "ICML", "Ioffe", "Szegedy", 2),
    "ghiasi2021": (2021, "Computer Vision and Pattern Recognition", "Ghiasi", "Zoph", 8),
    "rezatofighi2019": (2019, "Computer Vision and Pattern Recognition", "Rezatofighi", "Savarese", 6),
    "sainath2013": (2013, "IEEE International Conference on Acoustics", "Sainath", "Ramabhadran", 5),
    "wu2020": (2020, "CVPR", "Wu", "Krähenbühl", 5),
    "tran2018": (2018, "CVPR", "Tran", "Paluri", 6),
    "bach2015": (2015, "PLOS ONE", "Bach", "Samek", 6),
    "shrikumar2016": (2016, "arXiv", "Shrikumar", "Kundaje", 4),
    "nguyen2015": (2015, "IEEE Conference on Computer Vision", "Nguyen", "Clune", 3),
    "simonyan2014saliency": (2014, "Learning Representations", "Simonyan", "Zisserman", 3),
    "selvaraju2017": (2017, "IEEE International Conference on Computer Vision", "Selvaraju", "Batra", 6),
    "zhou2016": (2016, "Computer Vision and Pattern Recognition", "Zhou", "Torralba", 5),
    "zhang2016": (2016, "European Conference on Computer Vision", "Zhang", "Sclaroff", 5),
    "petsiuk2018": (2018, "British Machine Vision Conference", "Petsiuk", "Saenko", 3),
    "adebayo2018": (2018, "Neural Information Processing", "Adebayo", "Kim", 6),
    "smilkov2017": (2017, "arXiv", "Smilkov", "Wattenberg", 5),
    "goodfellow2015": (2015, "Learning Representations", "Goodfellow", "Szegedy", 3),
    "kurakin2017": (2017, "Learning Representations", "Kurakin", "Bengio", 3),
    "szegedy2014": (2014, "Learning Representations", "Szegedy", "Fergus", 7),
    "madry2018": (2018, "Learning Representations", "Madry", "Vladu", 5),
    "beery2018": (2018, "European Conference on Computer Vision", "Beery", "Perona", 3),
    "geirhos2019": (2019, "Learning Representations", "Geirhos", "Brendel", 6),
    "geirhos2020": (2020, "Nature Machine Intelligence", "Geirhos", "Wichmann", 7),
    "athalye2018": (2018, "International Conference on Machine Learning", "Athalye", "Wagner", 3),
    "yosinski2014": (2014, "Neural Information Processing", "Yosinski", "Lipson", 4),
    "razavian2014": (2014, "Computer Vision and Pattern Recognition", "Razavian", "Carlsson", 4),
    "erhan2009": (2009, "University of Montreal", "Erhan", "Vincent", 4),
    "olah2017": (2017, "Distill", "Olah", "Schubert", 3),
    "guo2017": (2017, "International Conference on Machine Learning", "Guo", "Weinberger", 4),
    "denton2014": (2014, "Neural Information Processing", "Denton", "Fergus", 5),
    "denil2013": (2013, "Neural Information Processing", "Denil", "de Freitas", 5),
    "kalman1960": (1960, "Basic Engineering", "Kalman", "Kalman", 1),
    "kendall2018": (2018, "CVPR", "Kendall", "Cipolla", 3),
    "krizhevsky2012": (2012, "Neural Information Processing", "Krizhevsky", "Hinton", 3),
    "krizhevsky2014": (2014, "arXiv", "Krizhevsky", "Krizhevsky", 1),
    "kuhn1955": (1955, "Naval Research", "Kuhn", "Kuhn", 1),
    "lecun1989": (1989, "Neural Computation", "LeCun", "Jackel", 7),
    "lecun1998": (1998, "Proceedings of the IEEE", "LeCun", "Haffner", 4),
    "lin2013": (2014, "ICLR", "Lin", "Yan", 3),
    "lin2014": (2014, "ECCV", "Lin", "Zitnick", 8),
    "liu2022": (2022, "CVPR", "Liu", "Xie", 6),
    "long2015": (2015, "CVPR", "Long", "Darrell", 3),
    "luiten2021": (2021, "Computer Vision", "Luiten", "Leibe", 7),
    "radosavovic2020": (2020, "CVPR", "Radosavovic", "Dollár", 5),
    "redmon2016": (2016, "CVPR", "Redmon", "Farhadi", 4),
    "ren2015": (2015, "Neural Information Processing", "Ren", "Sun", 4),
    "ristani2016": (2016, "ECCV", "Ristani", "Tomasi", 5),
    "ronneberger2015": (2015, "MICCAI", "Ronneberger", "Brox", 3),
    "russakovsky2015": (2015, "Computer Vision", "Russakovsky", "Fei-Fei", 12),
    "sandler2018": (2018, "CVPR", "Sandler", "Chen", 5),
    "simoncelli2001": (2001, "Neuroscience", "Simoncelli", "Olshausen", 2),
    "srivastava2014": (2014, "Machine Learning Research", "Srivastava", "Salakhutdinov", 5),
    "simonyan2015": (2015, "ICLR", "Simonyan", "Zisserman", 2),
    "springenberg2015": (2015, "ICLR", "Springenberg", "Riedmiller", 4),
    "szegedy2015": (2015, "CVPR", "Szegedy", "Rabinovich", 9),
    "szegedy2016": (2016, "CVPR", "Szegedy", "Wojna", 5),
    "tan2019": (2019, "ICML", "Tan", "Le", 2),
    "vryniotis2021": (2021, "pytorch.org", "Vryniotis", "Vryniotis", 1),
    "wang2020": (2020, "ECCV", "Wang", "Wang", 5),
    "wojke2017": (2017, "ICIP", "Wojke", "Paulus", 3),
    "wojke2018": (2018, "WACV", "Wojke", "Bewley", 2),
    "yang2013": (2013, "Pattern Analysis", "Yang", "Ramanan", 2),
    "yu2016": (2016, "ICLR", "Yu", "Koltun", 2),
    "zeiler2014": (2014, "ECCV", "Zeiler", "Fergus", 2),
    "zhang2017": (2017, "ICLR", "Zhang", "Vinyals", 5),
    "zhang2019": (2019, "ICML", "Zhang", "Zhang", 1),
    "zhang2022": (2022, "ECCV", "Zhang", "Wang", 9),
}
WEB = {"ilsvrc2012", "krizhevsky2014code", "chm2025"}  # pages and repositories: no paper to compare with

# torchvision's builder: the paper that its documentation names, under its key here
BUILDERS = {
    "alexnet": "krizhevsky2014", "vgg16": "simonyan2015", "googlenet": "szegedy2015", "inception_v3": "szegedy2016",
    "resnet50": "he2016", "densenet121": "huang2017", "squeezenet1_0": "iandola2016", "mobilenet_v2": "sandler2018",
    "mobilenet_v3_large": "howard2019", "efficientnet_b0": "tan2019", "regnet_y_400mf": "radosavovic2020",
    "convnext_tiny": "liu2022", "fasterrcnn_resnet50_fpn": "ren2015", "maskrcnn_resnet50_fpn": "he2017",
    "fcn_resnet50": "long2015",
}  # fmt: skip


@pytest.fixture(scope="module")
def entries():
    return parse_file(BOOK / "references.bib").entries


def surname(person) -> str:
    return " ".join([*person.prelast_names, *person.last_names]).replace("{\\'a}", "á")


def plain(text: str) -> str:
    """Letters and digits only, lower case: titles are compared without braces, accents' commands and spaces."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def venue(entry) -> str:
    fields = ("booktitle", "journal", "publisher", "howpublished")
    return " ".join(entry.fields[name] for name in fields if name in entry.fields)


def test_every_entry_is_in_the_second_record(entries):
    assert set(entries) - WEB == set(RECORD)


@pytest.mark.parametrize("key", RECORD)
def test_entry_agrees_with_the_second_record(key, entries):
    year, word, first, last, count = RECORD[key]
    entry = entries[key]
    authors = [surname(person) for person in entry.persons["author"]]
    assert (int(entry.fields["year"]), authors[0], authors[-1], len(authors)) == (year, first, last, count)
    assert word in venue(entry)


@pytest.mark.parametrize("builder", BUILDERS)
def test_title_and_year_agree_with_torchvision(builder, entries):
    """torchvision's documentation gives the title and the preprint, which is at most two years older."""
    from torchvision import models

    entry = entries[BUILDERS[builder]]
    documented = models.get_model_builder(builder).__doc__
    assert plain(entry.fields["title"].replace("$<$", "")) in plain(documented)
    preprint = 2000 + int(re.search(r"arxiv\.org/abs/(\d\d)\d\d\.", documented).group(1))
    assert preprint <= int(entry.fields["year"]) <= preprint + 2
    if "arXiv" in venue(entry):
        assert int(entry.fields["year"]) == preprint


def test_data_sets_agree_with_scikit_learn(entries):
    from sklearn import datasets

    diabetes, digits = datasets.load_diabetes().DESCR, datasets.load_digits().DESCR
    assert '(2004) "Least Angle Regression," Annals of Statistics' in diabetes
    assert plain(entries["efron2004"].fields["title"]) == plain("Least Angle Regression")
    assert "E. Alpaydin" in digits and ":Date: July; 1998" in digits
    friedman = entries["friedman1991"].fields
    assert plain(friedman["title"]) in plain(datasets.make_friedman1.__doc__)
    assert f"{friedman['volume']} ({friedman['number']}), pages 1-67, 1991" in datasets.make_friedman1.__doc__


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.model)
def test_history_agrees_with_the_bibliography(family, entries):
    entry = entries[family.key]
    assert str(family.year) == entry.fields["year"]
    authors = [surname(person) for person in entry.persons["author"]]
    said = family.authors.removesuffix(" et al.").split(", ")
    assert said == (authors[:1] if family.authors.endswith("et al.") else authors)
    name, _, rest = family.venue.partition(" ")
    if rest == str(family.year):  # "CVPR 2016"
        assert name.replace("NIPS", "Neural Information") in venue(entry)
    else:
        assert plain(venue(entry)) in plain(family.venue) and entry.fields.get("volume", "") in rest


def test_every_entry_says_where_it_can_be_read(entries):
    """A DOI, a number of arXiv or an address; the number begins with a year that is not after the entry's."""
    seen = []
    for key, entry in entries.items():
        found = {name: entry.fields[name] for name in ("doi", "eprint", "url") if name in entry.fields}
        assert found, key
        assert re.fullmatch(r"10\.\d{4,9}/\S+", found.get("doi", "10.0000/x")), key
        assert re.fullmatch(r"https?://[^\s/]+(/\S*)?", found.get("url", "https://x")), key
        if number := found.get("eprint"):
            assert re.fullmatch(r"\d{4}\.\d{4,5}", number) and 2000 + int(number[:2]) <= int(entry.fields["year"]), key
            assert f"arXiv:{number}" in venue(entry) or "arXiv" not in venue(entry), key
        seen += found.values()
    assert len(seen) == len(set(seen)), "two entries lead to one place"


def test_preprints_only_where_there_is_no_more(entries):
    """One rule for years: an entry that is a preprint says so, and its number begins with its year."""
    for key, entry in entries.items():
        number = re.search(r"arXiv:(\d\d)\d\d\.", venue(entry))
        assert bool(number) == ("arXiv" in venue(entry)), key
        assert not number or 2000 + int(number.group(1)) == int(entry.fields["year"]), key


@pytest.mark.parametrize("page", sorted(path.stem for path in BOOK.glob("[!_]*.md")))
def test_years_in_the_text_are_those_of_the_source(page, entries):
    """A name with a year, ``AlexNet (2012) … {cite:p}`key```: the year is that of the paper cited next."""
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    said = re.findall(r"\((\d{4})\)((?:(?!\(\d{4}\)).)*?)\{cite:p\}`(\w+)`", text)
    wrong = [(year, key) for year, _, key in said if entries[key].fields["year"] != year]
    assert not wrong
    assert page != "tasks" or len(said) >= 13


@pytest.mark.parametrize("page", ["families", "tasks", "why-not-an-mlp", "regression-and-classification", "glossary"])
def test_a_typed_percentage_has_a_source(page):
    """A percentage in the prose is glued, or its paragraph cites where it stands."""
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    prose = re.sub(r"^```+\{?(?:code-cell|python|bash).*?^```+$", "", text, flags=re.M | re.S)
    lines = [line for line in prose.splitlines() if not line.startswith("*(")]  # an exercise sets its own numbers
    bare = [line for line in lines if re.search(r"\d ?%(?!})", line) and "{cite" not in line]
    assert not bare
