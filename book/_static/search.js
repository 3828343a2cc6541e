// The page of the search. booksite/search.py says what stands in the files of _static/search; a question loads those
// that it needs, as scripts: a page that was opened from a folder may read no other file.
(() => {
  const AT_ONCE = 10; // results
  const LINE = 200; // characters of text that a result shows, about
  const WORD = /[\p{L}\p{N}]+/gu;
  const folder = new URL("search/", document.currentScript.src);
  const loading = {};
  const arrived = {};
  window.insidecnnSearch = (name, said) => (arrived[name] = said);

  const load = (name) =>
    (loading[name] ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL(`${name}.js`, folder);
      script.onload = () => resolve(arrived[name]);
      script.onerror = () => {
        delete loading[name];
        script.remove();
        reject(new Error(`${name}.js did not load`));
      };
      document.head.append(script);
    }));

  // as in search.py
  const fold = (word) => {
    const plain = word
      .toLowerCase()
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .replace(/iz(?=[aei])/g, "is");
    return plain.length > 3 && /[^siu]s$/.test(plain) ? plain.slice(0, -1) : plain;
  };
  const wordsOf = (text, stop) =>
    (text.toLowerCase().match(WORD) ?? []).filter((word) => !stop.includes(word)).map(fold);

  // number of the last of the sorted values that is not above the given one
  const lastUpTo = (values, value) =>
    Math.max(
      0,
      values.findLastIndex((each) => each <= value),
    );

  // entries of a word and of longer ones that begin with it: number → weight
  const look = async (word, about) => {
    const [first, last] = [word, `${word}\uffff`].map((end) => lastUpTo(about.words, end));
    const names = about.words.slice(first, last + 1).map((_, n) => `words-${first + n}`);
    const found = new Map();
    for (const file of await Promise.all(names.map(load))) {
      for (const [each, flat] of Object.entries(file)) {
        if (each !== word && !(word.length > 2 && each.startsWith(word))) continue;
        const share = each === word ? 1 : 0.4;
        let number = 0;
        for (let at = 0; at < flat.length; at += 2) {
          number += flat[at];
          found.set(number, Math.max(found.get(number) ?? 0, share * flat[at + 1]));
        }
      }
    }
    return found;
  };

  // a question that is a name, a title, or a term that is defined there, means that place
  const meant = ([, , title, defines = ""], question, words, stop) => {
    if (title.split(".").pop() === question && question.includes("_")) return 9;
    const said = words.join(" ");
    const isSaid = (text) => wordsOf(text, stop).join(" ") === said;
    if (isSaid(title)) return 3;
    if (defines.split("\n").some(isSaid)) return 2.5;
    return wordsOf(title, stop).join(" ").includes(said) ? 1.5 : 1;
  };

  // numbers of the entries that a question finds, the best first; all of its words, or as many as any entry has
  const find = async (question) => {
    const about = await load("entries");
    const words = [...new Set(wordsOf(question, about.stop))];
    const scores = new Map(); // number → [how many of the words, weight]
    for (const found of await Promise.all(words.map((word) => look(word, about)))) {
      const rare = Math.log(1 + about.entries.length / (1 + found.size));
      for (const [number, weight] of found) {
        const [count, sum] = scores.get(number) ?? [0, 0];
        scores.set(number, [count + 1, sum + rare * weight]);
      }
    }
    const most = Math.max(...[...scores.values()].map(([count]) => count));
    const ranked = [...scores]
      .filter(([, [count]]) => count === most)
      .map(([number, [, sum]]) => [number, sum * meant(about.entries[number], question, words, about.stop)])
      .sort(([a, x], [b, y]) => y - x || a - b);
    return { about, words, numbers: ranked.map(([number]) => number) };
  };

  const asked = (word, words) =>
    words.some((each) => fold(word) === each || (each.length > 2 && fold(word).startsWith(each)));

  // where the question's words stand in a text: [start, end, word]
  const hits = (text, words) =>
    [...text.matchAll(WORD)]
      .filter(([word]) => asked(word, words))
      .map((match) => [match.index, match.index + match[0].length, fold(match[0])]);

  // start and end of the part of a text that has most of the words, whole words and if possible from a sentence's start
  const part = (text, words) => {
    const places = hits(text, words);
    const within = (start) =>
      new Set(places.filter(([from, to]) => from >= start && to <= start + LINE * 0.7).map((p) => p[2])).size;
    const best = places.reduce((kept, place) => (within(place[0]) > within(kept[0]) ? place : kept), places[0] ?? [0]);
    let start = 0;
    if (best[0] > LINE / 2) {
      const before = text.slice(best[0] - LINE / 2, best[0]);
      const sentence = Math.max(...[". ", "? ", "! ", ": "].map((mark) => before.lastIndexOf(mark)));
      start = best[0] - before.length + (sentence < 0 ? before.indexOf(" ") + 1 : sentence + 2);
    }
    let end = start + LINE >= text.length ? text.length : text.lastIndexOf(" ", start + LINE);
    if (end <= best[0]) [start, end] = [best[0], Math.min(text.length, best[0] + LINE)];
    return [start, end];
  };

  const element = (tag, className, ...children) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };

  const marked = (text, words) => {
    const pieces = [];
    let at = 0;
    for (const [from, to] of hits(text, words)) {
      pieces.push(text.slice(at, from), element("mark", "", text.slice(from, to)));
      at = to;
    }
    return [...pieces, text.slice(at)];
  };

  const shown = async (number, { about, words }) => {
    const [page, anchor, title] = about.entries[number];
    const [address, chapter] = about.pages[page];
    const run = lastUpTo(about.texts, number);
    const [text, code] = (await load(`text-${run}`))[number - about.texts[run]];
    const link = element("a", "", ...marked(title, words));
    link.href = `${new URL(`../../${address}`, folder)}${title === chapter ? "" : `#${anchor}`}`;
    const result = element("li", "", element("p", "search-title", link));
    if (title !== chapter) result.append(element("p", "search-page", chapter));
    const line = hits(text, words).length ? null : code.split("\n").find((each) => hits(each, words).length);
    if (line) result.append(element("p", "search-text", element("code", "", ...marked(line.trim(), words))));
    else if (text) {
      const [start, end] = part(text, words);
      const [head, tail] = [start > 0 ? "… " : "", end < text.length ? " …" : ""];
      result.append(element("p", "search-text", head, ...marked(text.slice(start, end), words), tail));
    }
    return result;
  };

  const box = document.querySelector(".bd-search-container");
  const [input, list, more] = ["input", "#search-results", ".search-more"].map((each) => box.querySelector(each));
  const summary = box.querySelector(".search-summary");
  let latest; // the question whose answer is wanted

  const showMore = async (answer) => {
    const start = list.childElementCount;
    const next = answer.numbers.slice(start, start + AT_ONCE);
    const results = await Promise.all(next.map((number) => shown(number, answer)));
    if (latest !== answer.question) return;
    list.append(...results);
    more.hidden = list.childElementCount === answer.numbers.length;
    more.onclick = async () => {
      await showMore(answer);
      list.children[start + AT_ONCE]?.querySelector("a").focus();
    };
  };

  const ask = async () => {
    const question = input.value.trim();
    latest = question;
    document.title = document.title.replace(/^.*– /, question ? `${question} – ` : "Search – ");
    try {
      const answer = { question, ...(await find(question)) };
      if (latest !== question) return;
      list.replaceChildren();
      more.hidden = true;
      const count = answer.numbers.length;
      const places = count === 1 ? "1 place" : `${count} places`;
      summary.textContent = question && (count ? `${places} in the book.` : "Nothing in the book has these words.");
      await showMore(answer);
    } catch (error) {
      if (latest === question) summary.textContent = `The search does not work: ${error.message}.`;
    }
  };

  input.value = new URLSearchParams(location.search).get("q") ?? "";
  if (!input.value) input.focus();
  let pause;
  input.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(ask, 150);
  });
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(pause);
    const address = new URL(location.href);
    address.searchParams.set("q", input.value);
    history.pushState(null, "", address);
    ask();
  });
  window.addEventListener("popstate", () => {
    input.value = new URLSearchParams(location.search).get("q") ?? "";
    ask();
  });
  ask();
  window.insidecnnSearch.find = find;
})();
