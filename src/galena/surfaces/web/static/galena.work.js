// The pages of daily work: copying a link, moving cards of the pipeline. Everything can be done without it, too.
(() => {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy");
    }
    button.textContent = "Copied";
  });

  // A move asks for what its stage needs, in a sheet above the board; without htmx the link opens a page.
  const sheet = document.querySelector("[data-sheet]");
  if (!sheet || !sheet.showModal) return;
  let cameFrom = null;
  const ask = (address) => {
    if (!window.htmx) { window.location.assign(address); return; }
    if (!sheet.open) cameFrom = document.activeElement;
    window.htmx.ajax("GET", address, { target: "#move-form", swap: "innerHTML" }).then(() => {
      if (!sheet.open) sheet.showModal();
      sheet.querySelector("input:not([type=hidden]), textarea, select, a.button, button")?.focus();
    });
  };
  const move = (lead, stage) => ask(`/pipeline/move?lead=${lead}&to=${stage}`);
  sheet.addEventListener("close", () => cameFrom?.focus());
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-move]");
    if (link && !event.ctrlKey && !event.metaKey) { event.preventDefault(); ask(link.getAttribute("href")); }
    if (event.target.closest("[data-close]") && sheet.open) { event.preventDefault(); sheet.close(); }
    if (event.target === sheet) sheet.close();
  });
  document.addEventListener("keydown", (event) => {
    const card = event.target.closest?.("[data-card]");
    if (!card || !event.altKey || !["ArrowRight", "ArrowLeft"].includes(event.key)) return;
    const stage = event.key === "ArrowRight" ? card.dataset.after : card.dataset.before;
    event.preventDefault();
    if (stage) move(card.dataset.card, stage);
  });

  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-card]");
    if (!dragged) return;
    event.dataTransfer.setData("text/plain", dragged.dataset.card);
    event.dataTransfer.effectAllowed = "move";
    dragged.classList.add("dragged");
  });
  const clear = () => { for (const lane of document.querySelectorAll(".lane.over")) lane.classList.remove("over"); };
  document.addEventListener("dragend", () => { dragged?.classList.remove("dragged"); dragged = null; clear(); });
  document.addEventListener("dragover", (event) => {
    const lane = event.target.closest?.("[data-stage]");
    clear();
    if (!dragged || !lane || lane.contains(dragged)) return;
    event.preventDefault();
    lane.classList.add("over");
  });
  document.addEventListener("drop", (event) => {
    const lane = event.target.closest?.("[data-stage]");
    if (!dragged || !lane || lane.contains(dragged)) return;
    event.preventDefault();
    move(dragged.dataset.card, lane.dataset.stage);
  });
})();
