// A quick note from any page: about the lead that is open, or one found by a few letters. Leads' own pages have notes without it.
(() => {
  const sheet = document.querySelector("[data-note]");
  if (!sheet?.showModal) return;
  const form = sheet.querySelector("form");
  const find = sheet.querySelector("[data-note-find]");
  const input = find.querySelector("input");
  const list = find.querySelector("ul");
  const about = sheet.querySelector("[data-note-about]");
  const text = sheet.querySelector("textarea");
  const WAIT_MS = 140;
  let turn = 0;
  let timer = 0;
  let chosen = 0;

  const options = () => [...list.children];
  const take = (id, title) => {
    form.elements.lead_id.value = id;
    about.hidden = !id;
    find.hidden = Boolean(id);
    about.querySelector("strong").textContent = title;
    input.value = "";
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    (id ? text : input).focus();
  };
  const mark = (place) => {
    const all = options();
    if (!all.length) return;
    chosen = (place + all.length) % all.length;
    all.forEach((each, at) => each.setAttribute("aria-selected", String(at === chosen)));
    input.setAttribute("aria-activedescendant", all[chosen].id);
  };
  const look = async () => {
    const mine = ++turn;
    const asked = input.value.trim();
    const answer = asked.length < 2 ? null : await fetch(`/palette?q=${encodeURIComponent(asked)}`, { headers: { "hx-request": "true" } }).catch(() => null);
    const found = answer?.ok ? (await answer.json()).filter((each) => each.kind === "lead") : [];
    if (mine !== turn) return;
    list.replaceChildren(...found.map((each, at) => {
      const item = document.createElement("li");
      item.id = `quick-note-${at}`;
      item.setAttribute("role", "option");
      item.dataset.id = each.href.split("/").pop();
      for (const [name, words] of [["first", each.title], ["second muted small", each.note]]) {
        const part = document.createElement("span");
        part.className = name;
        part.textContent = words;
        item.append(part);
      }
      return item;
    }));
    input.setAttribute("aria-expanded", String(found.length > 0));
    find.querySelector("[data-note-none]").hidden = found.length > 0 || asked.length < 2;
    mark(0);
  };
  const choose = (item) => { if (item) take(item.dataset.id, item.firstChild.textContent); };

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, WAIT_MS); });
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (steps[event.key]) { event.preventDefault(); mark(chosen + steps[event.key]); }
    else if (event.key === "Enter") { event.preventDefault(); choose(options()[chosen]); }
  });
  list.addEventListener("click", (event) => choose(event.target.closest("[role=option]")));
  form.addEventListener("submit", (event) => {
    if (form.elements.lead_id.value) return;
    event.preventDefault();
    event.stopPropagation();
    input.focus();
    look();
  }, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-note-open]")) {
      const lead = document.querySelector("[data-note-lead]");
      form.elements.back.value = location.pathname + location.search;
      sheet.showModal();
      take(lead?.dataset.noteLead ?? "", lead?.dataset.noteTitle ?? "");
    } else if (event.target.closest("[data-note-other]")) take("", "");
    else if (event.target.closest("[data-note-close]") || event.target === sheet) sheet.close();
  });
})();
