// Small manners of the pages: theme switch, keyboard, charts that need a width. No page depends on it to be readable.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const stored = localStorage.getItem("theme");
  if (stored) root.dataset.theme = stored;
  if (localStorage.getItem("motion") === "off") root.dataset.motion = "off";

  const showLook = () => {
    for (const choice of document.querySelectorAll("[data-look-theme]")) choice.checked = choice.value === root.dataset.theme;
    for (const choice of document.querySelectorAll("[data-look-motion]")) choice.checked = root.dataset.motion !== "off";
  };
  const setTheme = (theme) => { root.dataset.theme = theme; localStorage.setItem("theme", theme); showLook(); };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-switch]")) setTheme(root.dataset.theme === "light" ? "dark" : "light");
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-look-theme]")) setTheme(event.target.value);
    if (event.target.matches("[data-look-motion]")) {
      localStorage.setItem("motion", event.target.checked ? "on" : "off");
      event.target.checked ? delete root.dataset.motion : root.dataset.motion = "off";
    }
  });
  document.addEventListener("DOMContentLoaded", showLook);

  // What is being fetched is dimmed and a line runs above the page; what could not be fetched is said. Looks that the
  // page takes by itself change nothing of it.
  const asked = (event) => !/news|look|load|every/.test(event.detail.elt?.getAttribute("hx-trigger") ?? "");
  let waits = 0;
  const wait = (event, more) => {
    if (!asked(event)) return;
    waits = Math.max(0, waits + more);
    root.classList.toggle("fetching", waits > 0);
    more > 0 ? event.detail.target?.setAttribute("aria-busy", "true") : event.detail.target?.removeAttribute("aria-busy");
  };
  document.addEventListener("htmx:beforeSend", (event) => wait(event, 1));
  document.addEventListener("htmx:afterRequest", (event) => wait(event, -1));
  for (const kind of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(kind, (event) => {
      const main = document.getElementById("content");
      if (!asked(event) || !main || main.querySelector("[data-not-fetched]")) return;
      const told = document.createElement("div");
      told.className = "notice bad";
      told.dataset.notFetched = "";
      told.setAttribute("role", "alert");
      told.textContent = "The server did not answer. What you see is as it was; try again in a moment.";
      main.prepend(told);
      told.scrollIntoView({ block: "nearest" });
    });
  }

  // Widths and offsets come as data so that the content security policy can forbid inline styles.
  const place = (scope) => {
    for (const bar of scope.querySelectorAll("[data-left]")) {
      bar.style.left = `${bar.dataset.left}%`;
      bar.style.width = `${bar.dataset.width}%`;
    }
    for (const bar of scope.querySelectorAll("[data-fill]")) bar.style.width = `${bar.dataset.fill}%`;
  };
  // What is wrong with an edit comes with the preview; it is shown beside the field it is about, too.
  const complain = () => {
    for (const spot of document.querySelectorAll("[data-problem-of]")) {
      const found = document.querySelector(`[data-problem-for="${spot.dataset.problemOf}"]`);
      const words = found ? found.textContent.replace(/^[^:]*: /, "") : "";
      if (spot.textContent !== words) spot.textContent = words;
      const field = document.getElementById(spot.dataset.problemOf);
      if (field) words ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid");
    }
  };
  document.addEventListener("DOMContentLoaded", () => place(document));
  document.addEventListener("htmx:afterSettle", (event) => {
    place(document);
    if (event.target.id === "preview") complain();
  });

  // A file is named where it was dropped, and refused at once when it is larger than the server takes.
  document.addEventListener("change", (event) => {
    const input = event.target.closest("input[type=file][data-limit-mb]");
    if (!input || !input.files.length) return;
    const [file] = input.files;
    const tooLarge = file.size > Number(input.dataset.limitMb) * 1e6;
    input.setCustomValidity(tooLarge ? `This file is larger than ${input.dataset.limitMb} MB.` : "");
    input.reportValidity();
    const name = input.closest("label")?.querySelector("[data-file-name]");
    if (name) name.textContent = `${file.name}, ${(file.size / 1e6).toFixed(1)} MB`;
  });
  for (const kind of ["dragenter", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.target.closest?.(".drop")?.classList.toggle("over", kind === "dragenter");
    });
  }

  // A form that takes a while says so, and is sent once.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (form.dataset.busy && button?.classList.contains("main")) {
      button.textContent = form.dataset.busy;
      button.classList.add("pulse");
    }
    // A score that is being computed pulses.
    if (form.dataset.pulses !== undefined) for (const each of document.querySelectorAll(".big-score, table .score")) each.classList.add("pulse");
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const each of document.querySelectorAll(".score.pulse, .big-score.pulse")) each.classList.remove("pulse");
  });

  // One menu at a time; a click elsewhere or Escape closes it.
  const closeMenus = (but) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== but) menu.open = false;
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));

  // On a phone the bar shows the places used most; the others open above it, and close as menus do.
  const setPlaces = (open) => {
    const button = document.querySelector("[data-places]");
    if (!button) return;
    button.closest("nav").classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  document.addEventListener("click", (event) => {
    const nav = document.querySelector(".side.open");
    if (event.target.closest("[data-places]")) setPlaces(!nav);
    else if (nav && !nav.contains(event.target)) setPlaces(false);
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") setPlaces(false); });
  window.addEventListener("pageshow", () => setPlaces(false));

  // The tab of the page is in sight.
  document.addEventListener("DOMContentLoaded", () => {
    const tab = document.querySelector(".tabs [aria-current]");
    if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
  });

  // Rows that are ticked are counted; what can be done with them stays in sight. x ticks the row that j and k are on.
  const countTicks = (form) => {
    const ticked = form.querySelectorAll("td input[type=checkbox]:checked").length;
    const all = form.querySelectorAll("td input[type=checkbox]").length;
    form.querySelector("[data-tick-bar]").classList.toggle("on", ticked > 0);
    form.querySelector("[data-tick-count]").textContent = ticked ? `${ticked} ticked` : "Tick rows to work them together";
    const every = form.querySelector("[data-tick-all]");
    if (every) { every.checked = ticked > 0 && ticked === all; every.indeterminate = ticked > 0 && ticked < all; }
  };
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-ticks]");
    if (!form) return;
    if (event.target.matches("[data-tick-all]")) for (const box of form.querySelectorAll("td input[type=checkbox]")) box.checked = event.target.checked;
    countTicks(form);
  });
  const countAll = () => { for (const form of document.querySelectorAll("[data-ticks]")) countTicks(form); };
  document.addEventListener("DOMContentLoaded", countAll);
  window.addEventListener("pageshow", countAll);

  // j and k walk a list, Enter opens, / searches, ? shows the keys.
  const rows = () => [...document.querySelectorAll("tr[data-href]")];
  const move = (step) => {
    const list = rows();
    if (!list.length) return;
    const now = list.findIndex((row) => row.classList.contains("on"));
    const next = list[Math.min(Math.max(now + step, 0), list.length - 1)];
    for (const row of list) row.classList.remove("on");
    next.classList.add("on");
    next.querySelector("a")?.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "Escape") { typing?.blur(); closeMenus(null); }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "x") document.querySelector("tr.on td input[type=checkbox]")?.click();
    else if (event.key === "/") { event.preventDefault(); document.querySelector("input[type=search]")?.focus(); }
    else if (document.querySelector(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]`)) {
      event.preventDefault(); // The letter is not typed into what the button opens.
      document.querySelector(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]`).click();
    }
  });
})();
