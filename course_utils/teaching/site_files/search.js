/* Finds sections that hold all the words asked for; the words of all pages lie in search_index.js. */
(() => {
  "use strict";
  const MOST = 40, AROUND = 90;
  const input = document.getElementById("q");
  const count = document.getElementById("count");
  const list = document.getElementById("found");
  const plain = text => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const sections = window.courseWords.map(([page, title, anchor, heading, words]) => ({
    page, title, anchor, heading, words, low: plain(words), top: plain(heading + " " + title),
  }));

  const begins = (text, word) => {
    // Where a word of the text begins with this one; -1 if nowhere.
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1])) return at;
    }
    return -1;
  };

  const score = (section, words) => {
    let sum = 0;
    for (const word of words) {
      const inTop = begins(section.top, word) >= 0;
      const at = begins(section.low, word);
      if (!inTop && at < 0) return 0;
      sum += (inTop ? 10 : 0) + (at >= 0 ? 1 + Math.min(4, section.low.split(word).length - 1) : 0);
    }
    if (plain(section.heading) === words.join(" ")) sum += 20;
    return sum;
  };

  const marked = (text, words) => {
    // The text with the words marked, as nodes: what was typed never becomes HTML.
    const part = document.createElement("p");
    let rest = text;
    while (rest) {
      const low = plain(rest);
      let first = -1, length = 0;
      if (low.length === rest.length) {
        for (const word of words) {
          const at = begins(low, word);
          if (at >= 0 && (first < 0 || at < first)) [first, length] = [at, word.length];
        }
      }
      if (first < 0) break;
      const mark = document.createElement("mark");
      mark.textContent = rest.slice(first, first + length);
      part.append(rest.slice(0, first), mark);
      rest = rest.slice(first + length);
    }
    part.append(rest);
    return part;
  };

  const excerpt = (section, words) => {
    const places = words.map(word => begins(section.low, word)).filter(at => at >= 0);
    const first = places.length ? Math.min(...places) : 0;
    const from = first > AROUND ? section.words.indexOf(" ", first - AROUND) + 1 : 0;
    const end = section.words.indexOf(" ", first + 2 * AROUND);
    const to = end < 0 ? section.words.length : end;
    return (from ? "… " : "") + section.words.slice(from, to) + (end < 0 ? "" : " …");
  };

  const search = () => {
    const words = plain(input.value).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    list.replaceChildren();
    if (!words.length) {
      count.textContent = "Write one word or several in the box above.";
      return;
    }
    const found = sections.map(section => [score(section, words), section])
      .filter(([points]) => points > 0).sort((a, b) => b[0] - a[0]);
    const shown = found.slice(0, MOST);
    count.textContent = !found.length
      ? `Nothing was found for “${input.value}”. Try fewer or shorter words.`
      : `${found.length} ${found.length === 1 ? "section" : "sections"} found`
        + (found.length > MOST ? `, the best ${MOST} are shown.` : ".");
    for (const [, section] of shown) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = section.page + (section.anchor ? "#" + encodeURIComponent(section.anchor) : "");
      link.textContent = section.heading;
      const where = document.createElement("span");
      where.className = "quiet";
      where.textContent = section.heading === section.title ? "" : " " + section.title;
      item.append(link, where, marked(excerpt(section, words), words));
      list.append(item);
    }
  };

  input.value = new URLSearchParams(location.search).get("q") || "";
  input.addEventListener("input", search);
  input.form.addEventListener("submit", event => { event.preventDefault(); search(); });
  document.addEventListener("DOMContentLoaded", search);
  search();
})();
