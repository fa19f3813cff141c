/**
 * The script of the page. It links and filters and makes nothing that would be missing without it; text of packets goes
 * only where text can stand (`textContent`).
 */
export const REPORT_SCRIPT = `"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const numbers = (element, name) => (element.getAttribute(name) || "").split(" ").filter(Boolean);

  const make = (name, properties) => Object.assign(document.createElement(name), properties);

  /* Bytes and fields, both ways. */
  let lit;
  const clear = () => {
    for (const element of all(".on")) element.classList.remove("on");
    lit = undefined;
  };
  const show = (element) => {
    if (element === lit) return;
    const frame = element.closest(".frame");
    if (!frame) return;
    clear();
    lit = element;
    const isBytes = element.matches(".dump span");
    const names = numbers(element, "data-f");
    const targets = names.length ? names : numbers(element, "data-o").slice(-1);
    for (const name of targets) {
      for (const other of all('[data-f~="' + name + '"]', frame)) other.classList.add("on");
      if (!isBytes) for (const other of all('[data-o~="' + name + '"]', frame)) other.classList.add("on");
    }
    if (isBytes) element.classList.add("on");
    else reveal(frame);
    say(frame, targets);
  };
  /* Only the box of the dump moves, never the page. */
  const reveal = (frame) => {
    const first = frame.querySelector(".hex .on");
    const box = first && first.closest(".rows");
    if (!box || box.scrollHeight <= box.clientHeight) return;
    const top = first.getBoundingClientRect().top - box.getBoundingClientRect().top;
    if (top < 0 || top > box.clientHeight - 24) box.scrollTop += top - box.clientHeight / 3;
  };
  const say = (frame, names) => {
    const box = frame.querySelector(".dump");
    if (!box) return;
    let line = box.querySelector(".now");
    if (!line) {
      line = make("p", { className: "now" });
      line.setAttribute("role", "status");
      box.append(line);
    }
    const texts = names.map((name) => {
      const row = frame.querySelector('tr[data-f="' + name + '"]');
      if (!row) return (frame.querySelector('caption[data-f="' + name + '"] bdi') || {}).textContent;
      const [place, label, value] = row.cells;
      return label.textContent + ": " + value.textContent + " (" + place.textContent + ")";
    });
    line.textContent = texts.filter(Boolean).join("  |  ");
  };
  const linked = (event) => event.target.closest && event.target.closest(".frame [data-f]");
  document.addEventListener("mouseover", (event) => {
    const element = linked(event);
    if (element) show(element);
  });
  document.addEventListener("focusin", (event) => {
    const element = linked(event);
    if (element) show(element);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return clear();
    const row = event.target;
    if (!row.matches || !row.matches("tr[data-f]")) return;
    const rows = all("tr[data-f]", row.closest(".frame"));
    const at = rows.indexOf(row);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (next === undefined || !rows[next]) return;
    event.preventDefault();
    row.tabIndex = -1;
    rows[next].tabIndex = 0;
    rows[next].focus();
  });
  const prepare = (details) => {
    const rows = all("tr[data-f]", details);
    if (rows.length === 0 || rows[0].hasAttribute("tabindex")) return;
    rows.forEach((row, index) => { row.tabIndex = index === 0 ? 0 : -1; });
  };
  document.addEventListener("toggle", (event) => { if (event.target.open) prepare(event.target); }, true);
  for (const details of all(".frame > details[open]")) prepare(details);

  /* A link leads to something that is open. */
  const openTarget = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const inner = target.matches(".frame") && target.querySelector("details");
    if (inner) inner.open = true;
    for (let outer = target.closest("details"); outer; outer = outer.parentElement.closest("details")) outer.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", openTarget);
  if (location.hash) openTarget();

  /* Filters hide what does not hold the text. */
  const filter = (title, before, items) => {
    if (items.length < 4) return;
    const label = make("label", { className: "search", textContent: title + " " });
    const input = make("input", { type: "search" });
    const state = make("span", { className: "m" });
    state.setAttribute("role", "status");
    const texts = items.map((item) => (item.querySelector("h3") || item).textContent.toLowerCase());
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase();
      let shown = 0;
      items.forEach((item, index) => {
        item.hidden = !texts[index].includes(wanted);
        if (!item.hidden) shown++;
      });
      state.textContent = wanted ? shown + " of " + items.length : "";
    });
    label.append(input, " ", state);
    before.before(label);
  };
  const frames = all("section.frame");
  if (frames.length) filter("Show frames with", frames[0], frames);
  for (const table of all("table[data-filter]")) filter("Show rows with", table.parentElement, all("tbody tr", table));

  /* The reader's words, also on paper. */
  const grow = (area) => {
    area.style.height = "auto";
    area.style.height = area.scrollHeight + 4 + "px";
  };
  for (const area of all("textarea")) area.addEventListener("input", () => grow(area));
  let closed = [];
  addEventListener("beforeprint", () => {
    for (const area of all("textarea")) {
      let copy = area.nextElementSibling;
      if (!copy) area.after(copy = make("div", { className: "words" }));
      copy.textContent = area.value;
      area.classList.toggle("written", area.value !== "");
    }
    closed = all("details:not([open])").filter((details) => !details.parentElement.matches(".frame"));
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => { for (const details of closed) details.open = false; });
})();`;

/** Its SHA-256, by which the page's policy lets this script run and no other. A test computes it again. */
export const REPORT_SCRIPT_HASH = "sha256-Eh5PA3u9yzZEfYvgusSrTMoaktwGqehg0AtVUUg39Nw=";
