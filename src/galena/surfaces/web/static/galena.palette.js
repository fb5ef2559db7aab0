// Ctrl K: any page, lead or action by a few letters. ? shows the keys; g and a letter goes to a page.
(() => {
  const palette = document.querySelector("[data-palette]");
  const keys = document.querySelector("[data-keys]");
  if (!palette || !keys) return;
  const input = palette.querySelector("input");
  const list = palette.querySelector("ul");
  const none = palette.querySelector("[data-palette-none]");
  const WORDS = { page: "Pages", action: "To do", lead: "Leads", guide: "Help" };
  const WAIT_MS = 110;
  const PAIR_MS = 900;
  let chosen = 0;
  let asked = 0;
  let timer = 0;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const choose = (place) => {
    const all = options();
    if (!all.length) { input.removeAttribute("aria-activedescendant"); return; }
    chosen = (place + all.length) % all.length;
    all.forEach((each, at) => each.setAttribute("aria-selected", String(at === chosen)));
    input.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  };
  const span = (name, words, parent) => {
    const made = document.createElement("span");
    made.className = name;
    made.textContent = words;
    parent.append(made);
  };
  const show = (found) => {
    list.replaceChildren();
    let before = "";
    found.forEach((each, at) => {
      if (each.kind !== before) {
        const heading = document.createElement("li");
        heading.className = "palette-part";
        heading.setAttribute("role", "presentation");
        heading.textContent = WORDS[each.kind] ?? each.kind;
        list.append(heading);
        before = each.kind;
      }
      const item = document.createElement("li");
      item.id = `palette-${at}`;
      item.setAttribute("role", "option");
      item.dataset.href = each.href;
      span("title", each.title, item);
      if (each.note) span("note", each.note, item);
      if (each.keys) span("keys-of", each.keys, item);
      list.append(item);
    });
    none.hidden = found.length > 0;
    choose(0);
  };
  const ask = async () => {
    const turn = ++asked;
    try {
      const answer = await fetch(`/palette?q=${encodeURIComponent(input.value)}`, { headers: { "hx-request": "true" } });
      const found = answer.ok ? await answer.json() : [];
      if (turn === asked) show(found);
    } catch { if (turn === asked) show([]); }
  };
  const open = () => {
    if (palette.open) return;
    keys.close();
    input.value = "";
    palette.showModal();
    ask();
  };
  const go = (item) => { if (item) location.assign(item.dataset.href); };

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT_MS); });
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (steps[event.key]) { event.preventDefault(); choose(chosen + steps[event.key]); }
    else if (event.key === "Enter") { event.preventDefault(); go(options()[chosen]); }
    // A search field would only empty itself first.
    else if (event.key === "Escape") { event.preventDefault(); palette.close(); }
  });
  list.addEventListener("click", (event) => go(event.target.closest("[role=option]")));
  list.addEventListener("pointermove", (event) => {
    const item = event.target.closest("[role=option]");
    if (item && item.getAttribute("aria-selected") !== "true") choose(options().indexOf(item));
  });
  for (const dialog of [palette, keys]) dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-palette-open]")) open(); });

  let went = 0;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); palette.open ? palette.close() : open(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog[open].palette")) return;
    if (event.key === "?") { keys.open ? keys.close() : keys.showModal(); return; }
    if (event.key === "g") { went = event.timeStamp; return; }
    if (went && event.timeStamp - went < PAIR_MS) {
      const link = keys.querySelector(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
      if (link) { event.preventDefault(); event.stopImmediatePropagation(); location.assign(link.href); }
    }
    went = 0;
  }, true);
})();
